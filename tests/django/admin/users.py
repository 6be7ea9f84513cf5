"""Coming in, and everything about users."""

from admin.browser import Browser, Page
from admin.drive import fill, look, send, step
from admin.facts import actions, choices, counts, errors, fields, filters, models, order, pages, preserved, rows, values

USERS = "/admin/auth/user/"
ZOE, PERCENT, UNICODE = f"{USERS}10/", f"{USERS}8/", f"{USERS}9/"
FRESH, NEW = "Harbour-41-violet", "Granite-58-willow"
# What tells a form from the others of its page.
USERNAME, CHANGE, WORDS, BOXES = ["username"], ["username", "date_joined_0"], ["password1"], ["action", "index"]
LONG = "x" * 151

# Coming in

look("anonymous: index", "/admin/")
look("anonymous: a page with parameters", "/admin/auth/user/1/change/?x=1&y=2")
look("anonymous: no such page", "/admin/nosuch/")
look("anonymous: logging out", "/admin/logout/")
look("log-in page", "/admin/login/?next=/admin/auth/user/", fields, values)
fill("log in: nothing given", "/admin/login/", USERNAME, {"username": "", "password": ""}, errors)
fill("log in: wrong password", "/admin/login/", USERNAME, {"username": "root", "password": "wrong"}, fields, values)


@step("log in: not staff")
def not_staff(d):
    visitor = Browser(d.base)
    answer = visitor.log_in("nobody", d.password)
    return answer, {"index": d.brief(visitor.get("/admin/"))}


@step("log in: leads to the page asked for")
def leads_on(d):
    given = {"username": d.user, "password": d.password}
    return Browser(d.base).submit("/admin/login/?next=/admin/auth/group/", USERNAME, given), []


step("log in")(lambda d: (d.me.log_in(d.user, d.password), []))
look("log-in page for who is in", "/admin/login/?next=/admin/auth/user/")
look("index", "/admin/", models)
look("one app", "/admin/auth/", models)
look("no such app", "/admin/nosuch/")
look("no such model", "/admin/auth/nosuch/")
look("no slash: list", "/admin/auth/user")
look("no slash: form", "/admin/auth/user/10/change")
look("log out needs POST", "/admin/logout/")

# The list of users

look("users", USERS, rows, actions, filters, order, pages, fields)
for query in (
    "q=zoe", "q=ZOE", "q=zoe+adams", "q=zoe+nosuch", "q=%22user001%22", "q=%25", "q=under_s", "q=O%27Neill",
    "q=user&p=2", "q=zoe&p=9", "p=2", "all=", "all=&p=9", "o=1", "o=-1", "o=2", "o=-4", "o=3.4", "o=5.-1", "o=-5",
    "o=0", "o=99", "o=x", "is_staff__exact=1", "is_staff__exact=0&p=2", "is_superuser__exact=1", "is_active__exact=0",
    "groups__id__exact=1", "groups__id__exact=2&o=-1", "groups__isnull=True&p=2", "groups__isnull=False",
    "is_staff__exact=1&is_superuser__exact=0", "q=o&is_staff__exact=1&o=-1", "e=1", "groups__id__exact=999",
):
    look(f"users: ?{query}", f"{USERS}?{query}", rows, filters, order, pages)
for query in (
    "username=Zoe", "username__startswith=user00", "id__in=1,2,3", "pk=1", "date_joined__gte=2024-04-20&o=-1",
    "date_joined__year=2023", "email__isnull=False&p=2", "is_staff=1",
):
    look(f"users by field: ?{query}", f"{USERS}?{query}", rows)
for query in (
    "p=3", "p=0", "nosuch=1", "username__nosuch=1", "is_staff__exact=x", "groups__id__exact=x", "id=x",
    "date_joined__gte=x", "password__startswith=a", "groups__name=Editors", "user_permissions__codename=x",
):
    look(f"users, refused: ?{query}", f"{USERS}?{query}")
look("users: counts", f"{USERS}?_facets=True", counts)
look("users: counts of some", f"{USERS}?_facets=True&is_staff__exact=1", counts)
look("users: links keep the list", f"{USERS}?q=zoe&is_staff__exact=0", preserved)

# Adding a user

look("add user: form", f"{USERS}add/", fields, values)
look("add user: form filled from the address", f"{USERS}add/?username=preset", values)
ANN = {"username": "ann", "usable_password": "true", "password1": FRESH, "password2": FRESH}
for name, changes in (
    ("nothing", {"username": "", "password1": "", "password2": ""}), ("name taken", {"username": "Zoe"}),
    ("name taken but for case", {"username": "zoe"}), ("name too long", {"username": LONG}),
    ("name with a space", {"username": "a b"}), ("passwords differ", {"password2": "Other-11-word"}),
    ("one password", {"password1": ""}), ("odd choice", {"usable_password": "maybe"}),
):
    fill(f"add user, bad: {name}", f"{USERS}add/", WORDS, ANN | changes)
fill("add user", f"{USERS}add/", WORDS, ANN | {"_save": "Save"})
look("add user: second step", f"{USERS}116/change/", fields)
fill("add user and another", f"{USERS}add/", WORDS, ANN | {"username": "bea", "_addanother": "1"})
fill("add user without password", f"{USERS}add/", WORDS, {"username": "cid", "usable_password": "false"})
fill("add user, keeping the list", f"{USERS}add/?_changelist_filters=q%3Da", WORDS, ANN | {"username": "dot"})
fill("add user and another, keeping the list", f"{USERS}add/?_changelist_filters=q%3Da", WORDS,
     ANN | {"username": "eve", "_addanother": "1"})
send("add user, unopened", f"{USERS}add/", {"username": "fay", "password1": FRESH, "password2": FRESH})
look("users: those added", f"{USERS}?id__gte=116", rows)

# Changing a user

look("change user: form", f"{ZOE}change/", fields, values, choices("groups"))
look("change user: one with groups and permissions", f"{UNICODE}change/", values)
look("change user: short address", f"{ZOE}")
look("change user: missing", f"{USERS}999/change/")
look("change user: no number", f"{USERS}abc/change/")
fill("change user: names", f"{ZOE}change/", CHANGE, {"first_name": "Zoë", "email": "z@example.org", "_continue": "1"})
look("change user: names kept", f"{ZOE}change/", values)
fill("change user: flags, groups, permissions", f"{ZOE}change/", CHANGE,
     {"is_staff": "on", "groups": ["1", "3"], "user_permissions": ["13", "16"], "_addanother": "1"})
look("change user: flags, groups, permissions kept", f"{ZOE}change/", values)
fill("change user: dates", f"{ZOE}change/", CHANGE,
     {"date_joined_0": "02/29/2024", "date_joined_1": "10:30", "last_login_0": "2024-03-04", "last_login_1": "05:06:07",
      "_continue": "1"})
look("change user: dates kept", f"{ZOE}change/", values)
fill("change user: taken back", f"{ZOE}change/?_changelist_filters=q%3Dzoe%26o%3D1", CHANGE,
     {"user_permissions": [], "groups": ["3"], "last_login_0": "", "last_login_1": "", "_save": "Save"},
     drop=["is_staff"])
look("change user: taken back kept", f"{ZOE}change/", values)
fill("change user: nothing", f"{ZOE}change/", CHANGE, {"_save": "Save"})
fill("change user, keeping the list", f"{ZOE}change/?_changelist_filters=q%3Dzoe", CHANGE, {"_continue": "1"})
fill("change user and another, keeping the list", f"{ZOE}change/?_changelist_filters=q%3Dzoe", CHANGE,
     {"_addanother": "1"})
for name, changes in (
    ("no name", {"username": ""}), ("name taken", {"username": "viewer"}), ("name with a space", {"username": "a b"}),
    ("names too long", {"username": LONG, "first_name": LONG, "last_name": LONG}), ("e-mail", {"email": "nope"}),
    ("no such group", {"groups": ["999"]}), ("group no number", {"groups": ["x"]}),
    ("no such permission", {"user_permissions": ["99999"]}), ("no date", {"date_joined_0": "", "date_joined_1": ""}),
    ("date", {"date_joined_0": "2024-02-30"}), ("time", {"date_joined_1": "25:00"}), ("no time", {"date_joined_1": ""}),
    ("date and time", {"date_joined_0": "x", "date_joined_1": "y"}), ("half a log-in", {"last_login_0": "2024-01-01"}),
    ("two fields", {"username": "", "email": "x"}),
):
    fill(f"change user, bad: {name}", f"{ZOE}change/", CHANGE, changes)
look("change user: nothing bad was kept", f"{ZOE}change/", values)
send("change user, unopened: too little", f"{PERCENT}change/", {"username": "per%cent"})
send("change user, unopened", f"{PERCENT}change/", {
    "username": "percent", "email": "p@example.com", "is_active": "on", "groups": ["2"], "date_joined_0": "2024-01-08",
    "date_joined_1": "12:00:00", "_save": "Save"})
look("change user, unopened: kept", f"{PERCENT}change/", values)

# Passwords

look("password: form", f"{ZOE}password/", fields, values)
look("password: missing user", f"{USERS}999/password/")
fill("password: differ", f"{ZOE}password/", WORDS, {"password1": FRESH, "password2": NEW, "set-password": "1"})
fill("password: none given", f"{ZOE}password/", WORDS, {"set-password": "1"})
fill("password: set", f"{ZOE}password/", WORDS, {"password1": FRESH, "password2": FRESH, "set-password": "1"})
fill("password: contradiction", f"{ZOE}password/", WORDS, {"usable_password": "false", "set-password": "1"})
fill("password: disable", f"{UNICODE}password/", WORDS, {"usable_password": "false", "unset-password": "1"})
look("password: form of who has none", f"{UNICODE}password/", fields)
fill("password: enable", f"{UNICODE}password/", WORDS, {"password1": NEW, "password2": NEW, "set-password": "1"})


@step("password: the new one is taken")
def new_password(d):
    d.me.submit(f"{ZOE}change/", CHANGE, {"is_staff": "on"})
    return d.other("Zoe", FRESH).get("/admin/"), [models]


@step("password: one's own, by the form for others")
def own_password(d):
    given = {"password1": d.password, "password2": d.password, "set-password": "1"}
    return d.me.submit(f"{USERS}1/password/", WORDS, given), {"index": d.brief(d.me.get("/admin/"))}


# Deleting users

look("delete user: form", f"{UNICODE}delete/", fields, values)
look("delete user: missing", f"{USERS}999/delete/")
fill("delete user", f"{USERS}117/delete/", ["post"], {})
fill("delete user, keeping the list", f"{USERS}118/delete/?_changelist_filters=q%3Da", ["post"], {})
send("delete user, unopened", f"{USERS}119/delete/", {"post": "yes"})
look("delete user: gone", f"{USERS}117/change/")
look("delete user: list", f"{USERS}?id__gte=116", rows)


def chosen(*ids, **more):
    """The list's form with these rows ticked."""
    return {"action": "delete_selected", "index": "0", "_selected_action": list(ids)} | more


def confirmed(*ids, **more):
    """What the confirmation sends."""
    return {"action": "delete_selected", "post": "yes", "_selected_action": list(ids)} | more


fill("action: nobody chosen", f"{USERS}?q=user", BOXES, chosen())
fill("action: none named", f"{USERS}?q=user", BOXES, chosen("11", action=""))
fill("action: no such", USERS, BOXES, chosen("11", action="nosuch"))
fill("action: ask first", f"{USERS}?q=user", BOXES, chosen("12", "11", "13"), values)


@step("action: delete those chosen")
def delete_chosen(d):
    question = d.me.submit(f"{USERS}?q=user", BOXES, chosen("11", "12"))
    form = Page(question).form_with("post", "_selected_action")
    pairs = [(each["name"], each["value"]) for each in form["controls"] if each["kind"] == "hidden"]
    answer = d.me.send(question.url, pairs)
    return answer, {"left": rows(Page(d.me.get(f"{USERS}?q=user00")))}


fill("action: ask about all pages", f"{USERS}?q=user0&o=-1", BOXES, chosen("14", select_across="1"), values)
send("action: only within the list", f"{USERS}?q=user003", confirmed("14"))
send("action: all of a search", f"{USERS}?q=user10", confirmed("14", select_across="1"))
send("action: who is gone already", USERS, confirmed("11"))
look("action: who is left", f"{USERS}?q=user&all=", rows)
