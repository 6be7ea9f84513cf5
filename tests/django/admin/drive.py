"""The steps of a drive, by name, and who does them."""

from admin.browser import Browser, Page
from admin.facts import errors

STEPS = {}


def step(name):
    def add(work):
        assert name not in STEPS, name
        STEPS[name] = work
        return work

    return add


def look(name, path, *facts):
    """A page is opened."""
    step(name)(lambda d: (d.me.get(path), facts))


def fill(name, path, names, values, *facts, drop=()):
    """A page is opened, its form filled in and sent."""
    step(name)(lambda d: (d.me.submit(path, names, values, drop=drop), facts or [errors]))


def send(name, path, values, *facts):
    """A form is sent that was never opened."""
    step(name)(lambda d: (d.me.post(path, values), facts or [errors]))


def may(name, who, *tries):
    """Many requests of one other person; the facts are their statuses and where they lead."""

    def work(d):
        return None, {f"{method} {path}": d.brief(d.ask(who, method, path)) for method, path in tries}

    step(name)(work)


class Drive:
    def __init__(self, base, user, password):
        self.base, self.user, self.password = base, user, password
        self.me, self.others = Browser(base), {}

    def other(self, name, password=None):
        if name not in self.others:
            self.others[name] = Browser(self.base)
            self.others[name].log_in(name, password or self.password)
        return self.others[name]

    def ask(self, who, method, path):
        browser = self.other(who) if who else Browser(self.base)
        return browser.get(path) if method == "GET" else browser.post(path, {"post": "yes"})

    def location(self, response):
        return response.headers.get("Location", "").removeprefix(self.base) or None

    def brief(self, response):
        return [response.status_code, self.location(response)]

    def run(self, name):
        line = {"step": name, "status": None, "location": None, "facts": {}}
        try:
            response, facts = STEPS[name](self)
            if response is not None:
                line["status"], line["location"] = self.brief(response)
            line["facts"] = facts if isinstance(facts, dict) else self.facts(response, facts)
        except Exception as error:  # whatever a site answers, the next steps are tried
            line["facts"] = {"error": f"{type(error).__name__}: {error}"}
        return line

    def facts(self, response, wanted):
        if response.status_code != 200:
            return {}
        page = Page(response)
        return {fact.__name__: fact(page) for fact in wanted}
