"""The deliberate differences of differences.toml, held against what was answered."""

import json
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

LIST = Path(__file__).with_name("differences.toml")
EVERYWHERE, NOTHING, ANYTHING = "*", "is not there", "<anything>"


class Differences:
    def __init__(self, path=LIST):
        self.known = tomllib.loads(path.read_text(encoding="utf-8"))["difference"]
        self.used = set()  # places of entries with their patterns and facts
        self.requests = 0
        self.odd, self.same, self.met = [], 0, 0  # unlike but not listed, requests, facts

    def compare(self, line, found):
        """Notes where an answer is another than Django's."""
        self.requests += 1
        expected = line["answer"]
        unlike = [fact for fact in expected | found if text(expected.get(fact)) != text(found.get(fact))]
        known = {fact: self.find(line["name"], fact, found.get(fact)) for fact in unlike}
        self.same += all(pattern == EVERYWHERE for hits in known.values() for _, pattern in hits or [(None, None)])
        self.met += sum(bool(hits) for hits in known.values())
        self.odd += ((line, fact, expected.get(fact), found.get(fact)) for fact in unlike if not known[fact])

    def find(self, name, fact, ours):
        """Where the list has it, with just this answer of ours."""
        hits = [
            (place, pattern)
            for place, known in enumerate(self.known)
            if fact in known["facts"] and (known["facts"][fact] == ANYTHING or text(known["facts"][fact]) == text(ours))
            for pattern in known["requests"]
            if fnmatchcase(name, pattern)
        ]
        self.used.update((place, pattern, fact) for place, pattern in hits)
        return hits

    def stale(self):
        """Lines of the list, and parts of them, that no answer needs any more."""
        for place, known in enumerate(self.known):
            patterns = {pattern for where, pattern, _ in self.used if where == place}
            facts = {fact for where, _, fact in self.used if where == place}
            idle = [each for each in known["requests"] if each not in patterns]
            idle += [each for each in known["facts"] if each not in facts]
            yield from (f"{each!r} of {known['why']!r}" for each in idle)

    def counts(self):
        """As a line: of requests, of facts and of reasons."""
        reasons = {self.known[place]["why"] for place, _, _ in self.used}
        return (f"{self.requests} requests, {self.same} without any difference but those of every answer, "
                f"{self.met} deliberate differences of {len(reasons)} kinds")


def text(value):
    """A fact as it is compared: JSON in its order. The list says of a fact that it "is not there"."""
    return json.dumps(NOTHING if value is None else value, ensure_ascii=False)
