"""Groups, what others may do, attempts, tokens, history, and going."""

from admin.browser import Browser, Page
from admin.drive import fill, look, may, send, step
from admin.facts import actions, choices, counts, errors, fields, filters, history, inputs, models, order, rows, values
from admin.users import BOXES, FRESH, LONG, NEW, UNICODE, USERS, ZOE, chosen, confirmed

GROUPS = "/admin/auth/group/"
ATTEMPTS, LOGS, FAILURES = (f"/admin/axes/{name}/" for name in ("accessattempt", "accesslog", "accessfailurelog"))
OUTSTANDING, BLACKLISTED = (f"/admin/token_blacklist/{name}token/" for name in ("outstanding", "blacklisted"))
PASSWORDS = ["old_password"]

# Groups

look("groups", GROUPS, rows, actions, fields)
look("groups: search", f"{GROUPS}?q=WRIT", rows)
look("groups: descending", f"{GROUPS}?o=-1", rows)
look("groups: unknown parameter", f"{GROUPS}?nosuch=1")
look("add group: form", f"{GROUPS}add/", fields)
for name, changes in (
    ("no name", {"name": ""}), ("name taken", {"name": "Writers"}), ("name too long", {"name": LONG}),
    ("no such permission", {"name": "new", "permissions": ["99999"]}),
):
    fill(f"add group, bad: {name}", f"{GROUPS}add/", ["name"], changes)
fill("add group", f"{GROUPS}add/", ["name"], {"name": "Readers", "permissions": ["14", "16"], "_save": "Save"})
fill("add group and go on", f"{GROUPS}add/", ["name"], {"name": "Drawers", "_continue": "1"})
fill("add group and another", f"{GROUPS}add/", ["name"], {"name": "Printers", "_addanother": "1"})
send("add group, unopened, keeping the list", f"{GROUPS}add/?_changelist_filters=q%3Dr",
     {"name": "Binders", "permissions": "9"})
look("change group: form", f"{GROUPS}4/change/", fields, values)
fill("change group", f"{GROUPS}4/change/", ["name"], {"name": "Listeners", "permissions": ["9"], "_continue": "1"})
look("change group: kept", f"{GROUPS}4/change/", values)
fill("change group, bad", f"{GROUPS}4/change/", ["name"], {"name": "Writers"})
look("change group: missing", f"{GROUPS}999/change/")
look("delete group: form", f"{GROUPS}1/delete/", fields, values)
fill("delete group", f"{GROUPS}1/delete/", ["post"], {})
fill("groups: delete those chosen", GROUPS, BOXES, chosen("5", "6", post="yes"))
look("groups: left", GROUPS, rows)
look("delete group: its members", f"{USERS}?groups__isnull=False", rows)

# Who may do what

LISTS = ((USERS, 10), (GROUPS, 2), (ATTEMPTS, 1), (OUTSTANDING, 1), (BLACKLISTED, 1))
TRIES = [
    each for path, number in LISTS for each in (
        ("GET", path), ("GET", f"{path}add/"), ("POST", f"{path}add/"), ("GET", f"{path}{number}/change/"),
        ("POST", f"{path}{number}/change/"), ("GET", f"{path}{number}/delete/"), ("POST", f"{path}{number}/delete/"),
        ("GET", f"{path}{number}/history/"), ("GET", f"{path}999/change/"), ("POST", f"{path}999/change/"))
] + [
    ("GET", f"{USERS}10/password/"), ("POST", f"{USERS}10/password/"), ("GET", "/admin/auth/"), ("GET", "/admin/axes/"),
    ("GET", "/admin/nosuch/"), ("GET", "/admin/password_change/"),
]
may("viewer: may", "viewer", *TRIES)
may("without permissions: may", "powerless", *TRIES)
may("add without change: may", "adder", *TRIES[:10])


def seen(who, name, path, *facts):
    step(f"{who}: {name}")(lambda d: (d.other(who).get(path), facts))


def done(who, name, path, names, values, *facts):
    step(f"{who}: {name}")(lambda d: (d.other(who).submit(path, names, values), facts))


seen("viewer", "index", "/admin/", models)
seen("viewer", "users", f"{USERS}?o=-1&p=2", rows, actions, filters)
seen("viewer", "a user", f"{UNICODE}change/", inputs, models)
seen("viewer", "a group", f"{GROUPS}2/change/", inputs)


@step("viewer: deletes nobody by an action")
def viewer_action(d):
    answer = d.other("viewer").post(USERS, confirmed("20"))
    return answer, {"left": rows(Page(d.me.get(f"{USERS}?q=user010")))}


seen("powerless", "index", "/admin/", models)
seen("groupie", "index", "/admin/", models)
seen("groupie", "users", f"{USERS}?q=user02", rows, actions)
done("groupie", "deletes a user whom they can't change", f"{USERS}20/delete/", ["post"], {})
done("groupie", "changes a group", f"{GROUPS}3/change/", ["name"], {"name": "filled"}, errors)

# Attempts, log and failures. Rows 1 to 4 are of 2023 and 2024, those above are of this drive.

look("attempts", ATTEMPTS, rows, actions, order, fields)
look("attempts: filters", f"{ATTEMPTS}?q=192.0.2.", rows, filters)
for query in (
    "q=alice", "q=agent&o=1", "q=agent&o=-6", "q=agent&o=5.-4", "q=agent&o=7", "locked_out=yes",
    "locked_out=no&q=agent", "path_info=/admin/login/&q=agent", "attempt_time__year=2024",
    "attempt_time__month=3&attempt_time__year=2024",
    "attempt_time__day=11&attempt_time__month=3&attempt_time__year=2024", "failures_since_start=3",
    "attempt_time__gte=2024-01-01+00:00:00%2B00:00&attempt_time__lt=2025-01-01+00:00:00%2B00:00",
):
    look(f"attempts: ?{query}", f"{ATTEMPTS}?{query}", rows, filters)
for query in ("attempt_time__year=x", "attempt_time__month=13&attempt_time__year=2024", "attempt_time__gte=2024-13-01"):
    look(f"attempts, refused: ?{query}", f"{ATTEMPTS}?{query}")
look("attempts: counts", f"{ATTEMPTS}?_facets=True&q=agent", counts)
look("attempt: form", f"{ATTEMPTS}3/change/", inputs)
look("attempt: nobody adds one", f"{ATTEMPTS}add/")
look("attempt: missing", f"{ATTEMPTS}999/change/")
fill("attempts: clean up, nothing chosen", ATTEMPTS, BOXES, {"action": "cleanup_expired_attempts", "index": "0"})
fill("attempts: clean up", f"{ATTEMPTS}?o=1", BOXES, chosen("1", action="cleanup_expired_attempts"))
look("attempts: after cleaning up", f"{ATTEMPTS}?q=agent", rows)
fill("attempts: ask before deleting", ATTEMPTS, BOXES, chosen("2", "3"), values)
send("attempts: delete those chosen", ATTEMPTS, confirmed("2", "3"))
fill("attempts: delete one", f"{ATTEMPTS}4/delete/", ["post"], {})
look("attempts: left", f"{ATTEMPTS}?q=agent", rows)
look("log", f"{LOGS}?q=agent", rows, actions, filters, order)
for query in ("logout_time__isnull=False&q=agent", "logout_time__isnull=True&q=agent", "q=agent&o=-2",
              "attempt_time__year=2023"):
    look(f"log: ?{query}", f"{LOGS}?{query}", rows)
look("log: form", f"{LOGS}1/change/", inputs)
look("log: nobody adds one", f"{LOGS}add/")
look("failures", f"{FAILURES}?q=agent", rows, actions, filters, order)
for query in ("locked_out__exact=1&q=agent", "locked_out__exact=0&q=agent", "q=agent&o=6"):
    look(f"failures: ?{query}", f"{FAILURES}?{query}", rows)
look("failures: form", f"{FAILURES}1/change/", inputs)
fill("failures: delete one", f"{FAILURES}1/delete/", ["post"], {})

# Tokens

look("outstanding", OUTSTANDING, rows, actions, order)
for query in ("q=7", "o=0", "o=-1", "o=-2", "user=1", "nosuch=1", "user__username=root"):
    look(f"outstanding: ?{query}", f"{OUTSTANDING}?{query}", rows)
look("outstanding: form", f"{OUTSTANDING}2/change/", inputs)
look("outstanding: nobody adds one", f"{OUTSTANDING}add/")
look("outstanding: nobody deletes one", f"{OUTSTANDING}2/delete/")
send("outstanding: nobody changes one", f"{OUTSTANDING}2/change/", {"jti": "other", "_save": "Save"})
send("outstanding: no action", OUTSTANDING, confirmed("2"), rows)
look("blacklisted", BLACKLISTED, rows, actions, order)
for query in ("q=8", "o=-2", "o=-5", "token=1", "token__jti=1"):
    look(f"blacklisted: ?{query}", f"{BLACKLISTED}?{query}", rows)
look("blacklist: form", f"{BLACKLISTED}add/", fields, choices("token"))
for name, token in (("none", ""), ("taken", "1"), ("no such", "999")):
    fill(f"blacklist, bad: {name}", f"{BLACKLISTED}add/", ["token"], {"token": token})
fill("blacklist", f"{BLACKLISTED}add/", ["token"], {"token": "2", "_save": "Save"})
fill("blacklist and go on", f"{BLACKLISTED}add/", ["token"], {"token": "5", "_continue": "1"})
fill("blacklist: change", f"{BLACKLISTED}4/change/", ["token"], {"token": "4"})
look("blacklist: changed", f"{BLACKLISTED}4/change/", values)
fill("blacklist: delete one", f"{BLACKLISTED}3/delete/", ["post"], {})
fill("blacklist: delete those chosen", BLACKLISTED, BOXES, chosen("1", post="yes"))
look("blacklisted: left", BLACKLISTED, rows)

# What was done, and going

look("history: a user", f"{ZOE}history/", history)
look("history: a user who was added", f"{USERS}116/history/", history)
look("history: a group", f"{GROUPS}4/history/", history)
look("history: a blacklisted token", f"{BLACKLISTED}4/history/", history)
look("history: none", f"{USERS}30/history/", history)
look("history: missing", f"{USERS}999/history/")
look("change password: form", "/admin/password_change/", fields)
fill("change password: nothing given", "/admin/password_change/", PASSWORDS, {})
fill("change password: wrong", "/admin/password_change/", PASSWORDS,
     {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW})


@step("change password: differ")
def differ(d):
    given = {"old_password": d.password, "new_password1": NEW, "new_password2": FRESH}
    return d.me.submit("/admin/password_change/", PASSWORDS, given), [errors]


@step("change password")
def change_password(d):
    given = {"old_password": d.password, "new_password1": NEW, "new_password2": NEW}
    return d.me.submit("/admin/password_change/", PASSWORDS, given), {"index": d.brief(d.me.get("/admin/"))}


look("change password: done", "/admin/password_change/done/")


@step("change password: the new one is taken")
def new_taken(d):
    return Browser(d.base).log_in(d.user, NEW), []


@step("change password: the old one is refused")
def old_refused(d):
    return Browser(d.base).log_in(d.user, d.password), []


@step("without the token nothing is done")
def no_token(d):
    answer = d.me.send(f"{d.base}{USERS}1/delete/", [("post", "yes")])
    return answer, {"index": d.brief(d.me.get("/admin/"))}


@step("log out")
def log_out(d):
    answer = d.me.post("/admin/logout/")
    return answer, {"index": d.brief(d.me.get("/admin/"))}
