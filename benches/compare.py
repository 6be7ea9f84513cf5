"""Measures; `benches/compare` calls this when everything is built and installed, and explains the options."""

import argparse
import base64
import contextlib
import itertools
import json
import os
import re
import secrets
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

BENCHES = Path(__file__).resolve().parent
ROOT = BENCHES.parent
PYTHON = sys.version.split()[0]
CORES = len(os.sched_getaffinity(0))
PASSWORD = secrets.token_hex(12)
SECRET_KEY = secrets.token_hex(32)
MILLION = 1_000_000
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# wrk itself says nothing about redirects, but they are shorter than pages.
BYTES_MAY_DIFFER = 0.01
SECTIONS = ["pages", "logins", "api"]
TOKENS = ["token_blacklist_outstandingtoken", "token_blacklist_blacklistedtoken"]
CLAIMS = {"token_type", "exp", "iat", "jti", "user_id", "email", "username", "is_staff", "role"}


class Failure(Exception):
    """What makes the numbers worthless."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="benches/compare", add_help=False)
    parser.add_argument("--only", action="append", choices=[*SECTIONS, "million"], default=[])
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--django", choices=["startproject", "tuned"], default="startproject")
    parser.add_argument("--check-arguments", action="store_true", help=argparse.SUPPRESS)
    for name, default in [("rows", 1000), ("rounds", 5), ("seconds", 5), ("connections", 16), ("keys", 10_000)]:
        parser.add_argument(f"--{name}", type=positive, default=default)
    args = parser.parse_args()
    args.sections = set(args.only or SECTIONS) | ({"million"} if args.million else set())
    # wrk is a small part of the load, so it gets a small part of the cores.
    args.threads = min(max(1, CORES // 4), args.connections)
    return args


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


# Servers


class Server:
    """A program that serves, its log and the address that it says it listens on."""

    def __init__(self, name, command, folder, environment):
        self.name, self.command, self.folder = name, command, folder
        self.environment = {**clean_environment(), **environment}
        self.process = None

    def __enter__(self):
        self.log = self.folder / f"{self.name}-{secrets.token_hex(4)}.log"
        with open(self.log, "w") as log:
            # A session of its own: Ctrl-C is for us, and we stop it.
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            self.url = self.wait_for_address()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_for_address(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())
            with contextlib.suppress(OSError):
                if found and urllib.request.urlopen(f"{found[0]}/{self.probe}", timeout=10):
                    return found[0]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise Failure(f"{self.name} does not serve:\n{self.log.read_text()[-2000:]}")

    @property
    def probe(self):
        return "dashboard/" if self.name == "bare" else "login/"

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def memory(self, field):
        """MiB of VmRSS or VmHWM, of all its processes together."""
        return sum(status_field(pid, field) for pid in family(self.process.pid)) / 1024


def clean_environment():
    """Without what would change a server's settings."""
    foreign = re.compile("VESTIBULE_|BENCH_|RUST_LOG|GUNICORN")
    return {name: value for name, value in os.environ.items() if not foreign.match(name)}


def family(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [member for child in children for member in family(int(child))]


def status_field(pid, field):
    return int(re.search(rf"^{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


class Bench:
    """The folder of one run, and the servers and databases in it."""

    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.programs = Path(os.environ["BENCH_TARGET"]) / "release"
        self.keys = {}

    def vestibule_environment(self, database):
        return {"VESTIBULE_DATABASE_URL": f"sqlite://{database}", "VESTIBULE_SECRET_KEY": SECRET_KEY}

    def django_environment(self, database, api=True):
        return {"BENCH_DATABASE": str(database), "BENCH_SECRET_KEY": SECRET_KEY, "BENCH_DJANGO": self.args.django,
                "BENCH_API": "yes" if api else "no", "PYTHONPATH": str(BENCHES / "django"),
                "DJANGO_SETTINGS_MODULE": "settings"}  # fmt: skip

    def run(self, *command, environment=None):
        environment = {**clean_environment(), **(environment or {})}
        done = subprocess.run(command, cwd=self.folder, env=environment, text=True, capture_output=True)
        if done.returncode != 0:
            raise Failure(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def database(self, name):
        return self.folder / f"{name}.sqlite3"

    def fill(self, rows, vestibule, *djangos):
        """Makes databases with the same rows: one with Vestibule's tables, others with Django's only."""
        started = time.monotonic()
        database = self.database(vestibule)
        self.run(self.programs / "vestibule", "migrate", environment=self.vestibule_environment(database))
        for name in djangos:
            environment = self.django_environment(self.database(name))
            self.run(sys.executable, "-m", "django", "migrate", "--verbosity=0", environment=environment)
        hashed = self.run(self.programs / "bare", "hash", PASSWORD)
        environment = {**self.django_environment(database), "BENCH_PASSWORD_HASH": hashed}
        keys = self.folder / f"{vestibule}.keys"
        databases = [self.database(name) for name in (vestibule, *djangos)]
        seed = [sys.executable, BENCHES / "django/seed.py", str(rows), keys, str(self.args.keys), *databases]
        self.run(*seed, environment=environment)
        self.keys.update(dict.fromkeys((vestibule, *djangos, "bare"), keys))
        say(f"{rows:,} users and sessions in {len(databases)} database(s) after {time.monotonic() - started:.0f} s")

    def bare(self):
        return Server("bare", [self.programs / "bare", "serve", "127.0.0.1:0"], self.folder, {})

    def vestibule(self, name="vestibule"):
        command = [self.programs / "vestibule", "serve", "--bind", "127.0.0.1:0"]
        return Server(name, command, self.folder, self.vestibule_environment(self.database(name)))

    def django(self, options, api=False):
        command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", *options.split(), "wsgi"]
        return Server("django", command, self.folder, self.django_environment(self.database("django"), api))

    # Load

    def wrk(self, server, kind, seconds, check, *words, file=None):
        args, file = self.args, file or self.keys[server.name]
        command = ["wrk", "-t", args.threads, "-c", args.connections, "-d", f"{seconds}s", "--timeout", "20s",
                   "-s", BENCHES / "load.lua", server.url,
                   "--", kind, file, check, *words]  # fmt: skip
        output = self.run(*map(str, command))
        found = re.search("RESULT (.*)", output)
        if not found:
            raise Failure(f"wrk: {output}")
        result = json.loads(found[1])
        if result["errors"] or result["bad"] or not result["requests"]:
            raise Failure(f"{server.name}, {kind}: not every answer was the right one: {result}")
        result["rate"] = result["requests"] / result["microseconds"] * 1e6
        return result

    def check_pages(self, server):
        """Also warms the server up. One page is read, then wrk looks at each status."""
        key, username = self.keys[server.name].read_text().split(maxsplit=2)[:2]
        request = urllib.request.Request(f"{server.url}/dashboard/", headers={"Cookie": f"sessionid={key}"})
        page = urllib.request.urlopen(request, timeout=10).read().decode()
        if "Account details" not in page or (server.name != "bare" and f"<dd><bdi>{username}</bdi>" not in page):
            raise Failure(f"{server.name} shows another page than {username}'s dashboard:\n{page}")
        return self.check_reads(server, "pages")

    def check_reads(self, server, kind):
        checked = self.wrk(server, kind, min(self.args.seconds, 3), "yes")
        server.bytes = checked["bytes"] / checked["requests"]
        return checked

    def reads(self, server, kind):
        result = self.wrk(server, kind, self.args.seconds, "no")
        each = result["bytes"] / result["requests"]
        if abs(each / server.bytes - 1) > BYTES_MAY_DIFFER:
            raise Failure(f"{server.name}: {kind} of {each:.0f} bytes, when checked they had {server.bytes:.0f}")
        return result

    def pages(self, server):
        return self.reads(server, "pages")

    def logins(self, server, seconds=None):
        """Each answer's status is looked at: there are few, so it costs nothing."""
        answer = urllib.request.urlopen(f"{server.url}/login/", timeout=10)
        cookie = re.search("csrftoken=(\\w+)", answer.headers["Set-Cookie"])[1]
        token = re.search('name="csrfmiddlewaretoken" value="(\\w+)"', answer.read().decode())[1]
        return self.wrk(server, "logins", seconds or self.args.seconds, "yes", cookie, token, PASSWORD)

    def someone(self, server):
        """A username and an access token that was signed here."""
        return self.keys[server.name].read_text().split(maxsplit=3)[1:3]

    def check_profile(self, server):
        """As check_pages."""
        username, access = self.someone(server)
        status, profile = call(server, "/api/profile/", access=access)
        if server.name == "bare":
            username = "user0000500"
        expected = {"id": int(username[4:]), "username": username, "email": f"{username}@example.org"}
        if status != 200 or profile != expected:
            raise Failure(f"{server.name} answers {status}, {profile} instead of {username}'s profile")
        forged = access.rpartition(".")[0] + "." + 43 * "A"
        if server.name != "bare" and call(server, "/api/profile/", access=forged)[0] != 401:
            raise Failure(f"{server.name} takes an access token with a wrong signature")
        return self.check_reads(server, "profile")

    def profile(self, server):
        return self.reads(server, "profile")

    def obtain(self, server, seconds=None):
        """As `logins`. The token that requests for the profile carry must be like those that the server makes."""
        username, access = self.someone(server)
        pair = self.log_in(server, username)
        for token in (access, pair["access"], pair["refresh"]):
            claims = payload(token)
            if set(claims) != CLAIMS or claims["username"] != username or claims["role"] != "user":
                raise Failure(f"{server.name}: a token of {username} says {claims}")
        return self.wrk(server, "obtain", seconds or self.args.seconds, "yes", PASSWORD)

    def log_in(self, server, username):
        status, pair = call(server, "/api/auth/login/", {"username": username, "password": PASSWORD})
        if status != 200:
            raise Failure(f"{server.name} does not let {username} in: {status}, {pair}")
        return pair

    def check_refresh(self, server):
        """A token must be good once; also warms the server up."""
        spent = {"refresh": self.log_in(server, self.someone(server)[0])["refresh"]}
        answers = [call(server, "/api/auth/refresh/", spent) for _ in range(2)]
        if [status for status, _ in answers] != [200, 401] or "refresh" not in answers[0][1]:
            raise Failure(f"{server.name} does not rotate: a refresh token sent twice gives {answers}")
        return self.refresh(server, min(self.args.seconds, 3))

    def refresh(self, server, seconds=None):
        """Begins with tokens out of log-ins; then each comes from the answer to another. Every status is looked at."""
        names = [line.split()[1] for line in self.keys[server.name].read_text().splitlines()]
        names = itertools.islice(itertools.cycle(names), 2 * self.args.connections)
        with ThreadPoolExecutor(CORES) as pool:
            pairs = list(pool.map(lambda name: self.log_in(server, name), names))
        file = self.folder / f"{server.name}.refresh"
        file.write_text("".join(f"{pair['refresh']}\n" for pair in pairs))
        before = self.count(server, TOKENS)
        result = self.wrk(server, "refresh", seconds or self.args.seconds, "yes", self.args.threads, file=file)
        for table, had, has in zip(TOKENS, before, self.count(server, TOKENS), strict=True):
            if has - had < result["requests"]:
                raise Failure(f"{server.name}: {result['requests']} refreshed, but {has - had} new rows in {table}")
        return result

    def count(self, server, tables):
        with contextlib.closing(sqlite3.connect(f"file:{self.database(server.name)}?mode=ro", uri=True)) as database:
            return [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]

    def best_gunicorn(self, measure, api=False):
        """Gunicorn's options with which Django does best at what `measure` measures."""
        kinds = ["", "--worker-class gthread --threads 1 ", "--worker-class gthread --threads 4 "]
        options = [f"{kind}--workers {workers}" for kind in kinds for workers in (CORES, 2 * CORES + 1)]
        rates = dict.fromkeys(options, 0)
        # Twice, in turns, and the better counts: else what disturbs the machine for seconds would choose.
        for option in options * 2:
            with self.django(option, api) as server:
                rates[option] = max(rates[option], measure(server)["rate"])
        for option, rate in rates.items():
            say(f"  gunicorn {option}: {rate:.1f} per second")
        return max(rates, key=rates.get)

    def in_turns(self, measures):
        """`measures` by name, A B C A B C …; what each gave in all rounds."""
        results = {name: [] for name in measures}
        for number in range(self.args.rounds):
            for name, measure in measures.items():
                results[name].append(measure())
            rates = ", ".join(f"{name} {results[name][-1]['rate']:.1f}" for name in measures)
            say(f"  round {number + 1}: {rates} per second")
        return results


def call(server, path, body=None, access=None):
    """The status and the JSON of one answer of the API."""
    request = urllib.request.Request(server.url + path, data=json.dumps(body).encode() if body else None)
    if body:
        request.add_header("Content-Type", "application/json")
    if access:
        request.add_header("Authorization", f"Bearer {access}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(errors="replace")


def payload(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


# Sections: each prints its table.


def compare_pages(bench):
    say("Dashboard")
    options = bench.best_gunicorn(bench.check_pages)
    with bench.bare() as bare, bench.vestibule() as vestibule, bench.django(options) as django:
        time.sleep(2)
        rest = {server.name: server.memory("VmRSS") for server in (vestibule, django)}
        servers = [bare, vestibule, django]
        for server in servers:
            bench.check_pages(server)
        results = bench.in_turns({server.name: lambda server=server: bench.pages(server) for server in servers})
        peak = {server.name: server.memory("VmHWM") for server in (vestibule, django)}
    print(f"\n### Dashboard of somebody logged in, {bench.args.rows:,} users and sessions\n")
    print_against_both(results, options)
    print("\n### Memory, MiB\n\n| | at rest (RSS) | peak under that load |\n|---|---|---|")
    for name in rest:
        print(f"| {TITLES[name]}{', all processes' * (name == 'django')} | {rest[name]:.0f} | {peak[name]:.0f} |")


def print_against_both(results, options):
    print("| | requests/s: median (lowest–highest) | p99, ms |\n|---|---|---|")
    for name, title in TITLES.items():
        print(f"| {title} | {span(results[name])} | {median(results[name], 'p99') / 1000:.1f} |")
    print(f"\nVestibule / bare: **{ratio(results, 'vestibule', 'bare'):.2f}**. ", end="")
    print_against_django(results, options)


def print_against_django(results, options):
    print(f"Vestibule / Django: **{ratio(results, 'vestibule', 'django'):.1f}**. Gunicorn's best: `{options}`.")


def compare_logins(bench):
    say("Log-ins")
    compare_hashing(bench, "Log-ins", bench.logins)


def compare_hashing(bench, title, measure, api=False):
    options = bench.best_gunicorn(lambda server: measure(server, 2), api)
    hashes = [bench.programs / "bare", "hashes", str(bench.args.seconds)]
    with bench.vestibule() as vestibule, bench.django(options, api) as django:
        for server in (vestibule, django):
            measure(server, 2)
        results = bench.in_turns({
            "hash": lambda: {"rate": float(bench.run(*hashes))},
            "vestibule": lambda: measure(vestibule),
            "django": lambda: measure(django),
        })  # fmt: skip
    print(f"\n### {title}, Argon2id m=19456 KiB, t=2, p=1\n")
    print("| | per second: median (lowest–highest) | of the hash alone | p99, ms |\n|---|---|---|---|")
    print(f"| Vestibule's hash alone, {CORES} threads | {span(results['hash'])} | | |")
    for name in ("vestibule", "django"):
        share, p99 = ratio(results, name, "hash"), median(results[name], "p99") / 1000
        print(f"| {TITLES[name]} | {span(results[name])} | **{share:.0%}** | {p99:.0f} |")
    print()
    print_against_django(results, options)


def compare_api(bench):
    say("API: profile")
    compare_profile(bench)
    say("API: log-in")
    compare_hashing(bench, "API: `POST /api/auth/login/`", bench.obtain, api=True)
    say("API: refresh")
    compare_refresh(bench)


def compare_profile(bench):
    options = bench.best_gunicorn(bench.check_profile, api=True)
    with bench.bare() as bare, bench.vestibule() as vestibule, bench.django(options, api=True) as django:
        servers = [bare, vestibule, django]
        for server in servers:
            bench.check_profile(server)
        results = bench.in_turns({server.name: lambda server=server: bench.profile(server) for server in servers})
    print(f"\n### API: `GET /api/profile/` with an access token, {bench.args.rows:,} users\n")
    print_against_both(results, options)


def compare_refresh(bench):
    options = bench.best_gunicorn(bench.check_refresh, api=True)
    with bench.vestibule() as vestibule, bench.django(options, api=True) as django:
        servers = [vestibule, django]
        for server in servers:
            bench.check_refresh(server)
        results = bench.in_turns({server.name: lambda server=server: bench.refresh(server) for server in servers})
    print("\n### API: `POST /api/auth/refresh/`, each token good once\n")
    print("| | per second: median (lowest–highest) | p99, ms |\n|---|---|---|")
    for name in ("vestibule", "django"):
        print(f"| {TITLES[name]} | {span(results[name])} | {median(results[name], 'p99') / 1000:.1f} |")
    print()
    print_against_django(results, options)


def compare_million(bench):
    say("A million")
    bench.fill(MILLION, "million")
    with bench.vestibule() as small, bench.vestibule("million") as large:
        for server in (small, large):
            bench.check_pages(server)
        results = bench.in_turns({server.name: lambda server=server: bench.pages(server) for server in (small, large)})
    print("\n### Vestibule's dashboard with few and many rows\n")
    print("| users and sessions | requests/s: median (lowest–highest) | p99, ms |\n|---|---|---|")
    for name, rows in (("vestibule", bench.args.rows), ("million", MILLION)):
        print(f"| {rows:,} | {span(results[name])} | {median(results[name], 'p99') / 1000:.1f} |")
    print(f"\nMany / few: **{ratio(results, 'million', 'vestibule'):.2f}**.")


TITLES = {"bare": "bare actix-web route", "vestibule": "Vestibule", "django": "Django with gunicorn"}


def median(results, what):
    return statistics.median(result[what] for result in results)


def ratio(results, one, other):
    """Of rounds, not of medians: what slows the machine down for a while slows both."""
    return statistics.median(a["rate"] / b["rate"] for a, b in zip(results[one], results[other], strict=True))


def span(results):
    rates = [result["rate"] for result in results]
    digits = 0 if min(rates) >= 1000 else 1
    return f"{median(results, 'rate'):,.{digits}f} ({min(rates):,.{digits}f}–{max(rates):,.{digits}f})"


def busy_share():
    """How much of the machine's time others take, measured for a second."""
    def ticks():
        times = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(times), times[3] + times[4]

    (total, idle), _ = ticks(), time.sleep(1)
    later, later_idle = ticks()
    return 1 - (later_idle - idle) / max(later - total, 1)


def describe_machine(args):
    busy = busy_share()
    if busy > 0.1:
        say(f"Others use {busy:.0%} of this machine: the numbers will be worth little")
    cpu = re.search(r"^model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(), re.M)
    system = re.search('^PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text(), re.M)
    actix = re.search('name = "actix-web"\nversion = "(.*)"', (ROOT / "Cargo.lock").read_text())[1]
    wrk = subprocess.run(["wrk", "-v"], text=True, capture_output=True).stdout.split()[1]
    program, rustc = first_line("git", "describe", "--always", "--dirty"), first_line("rustc", "--version")
    print(f"""\
`{os.environ["BENCH_CALLED_AS"]}` on {CORES} cores ({cpu[1] if cpu else os.uname().machine}), {system[1]};
Vestibule {program}, {rustc}, actix-web {actix};
Django {version("Django")} ({args.django}), gunicorn {version("gunicorn")}, argon2-cffi {version("argon2-cffi")}, Python {PYTHON},
REST framework {version("djangorestframework")}, simplejwt {version("djangorestframework-simplejwt")};
wrk {wrk} on the same cores, {args.threads} thread(s), {args.connections} connections,
{args.rounds} rounds of {args.seconds} s, ratios being the medians of the rounds' ratios;
{busy:.0%} of the machine was busy with other things at the start.""")
    sys.stdout.flush()


def first_line(*command):
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    return (done.stdout.splitlines() or ["unknown"])[0]


def stop(number, _frame):
    """Leaves as by an exception, so that servers are stopped on the way; a second Ctrl-C does not disturb that."""
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    args = arguments()
    if args.check_arguments:
        return
    for number in STOPPING:
        signal.signal(number, stop)
    # Below the target folder, not in /tmp, which may be memory: a disk that is none would flatter everybody.
    parent = Path(os.environ["BENCH_TARGET"]) / "benches"
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    bench = Bench(args, folder)
    try:
        describe_machine(args)
        bench.fill(args.rows, "vestibule", *(["django"] if args.sections & set(SECTIONS) else []))
        if "pages" in args.sections:
            compare_pages(bench)
        if "logins" in args.sections:
            compare_logins(bench)
        if "api" in args.sections:
            compare_api(bench)
        if "million" in args.sections:
            compare_million(bench)
    except Failure as failure:
        sys.exit(f"Failed: {failure}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
