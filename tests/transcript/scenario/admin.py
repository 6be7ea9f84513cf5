"""`/admin/`, lightly: tests/django/drive_admin.py covers it."""

from people import NUMBERS, PASSWORD

from .visitor import Visitor

stranger = Visitor("admin's stranger")
for path in ["/admin/auth/user/", "/admin/auth/user/1/change/", "/admin/nothing/there/", "/admin/logout/",
             "/admin/password_change/", "/admin/auth/user/?q=a&o=1"]:
    stranger.get(f"admin: stranger at {path}", path)
stranger.get("admin: page to log in", "/admin/login/")
stranger.get("admin: page to log in, next", "/admin/login/?next=/admin/auth/")
stranger.form("admin: nothing typed", "/admin/login/")
stranger.form("admin: wrong password", "/admin/login/", {"username": "stan", "password": "wrong"})
stranger.form("admin: somebody who is no staff", "/admin/login/", {"username": "ann", "password": PASSWORD})
stranger.ask("admin: no token", "POST", "/admin/login/", form={"username": "root", "password": PASSWORD})

ann = Visitor("ann at the admin")
ann.log_in("ann")
ann.get("admin: no staff", "/admin/")
ann.get("admin: no staff, page to log in", "/admin/login/?next=/admin/")
ann.get("admin: no staff, at a list", "/admin/auth/user/")

stan = Visitor("stan")
stan.log_in("stan", path="/admin/login/")
for path in ["/admin/", "/admin/auth/user/", "/admin/auth/user/1/change/", "/admin/auth/user/add/", "/admin/auth/"]:
    stan.get(f"admin: without permissions, {path}", path)

vera = Visitor("vera")
vera.log_in("vera", path="/admin/login/")
for path in ["/admin/", "/admin/auth/user/", "/admin/auth/user/2/change/", "/admin/auth/user/add/",
             "/admin/auth/user/2/delete/", "/admin/auth/user/2/history/", "/admin/auth/group/"]:
    vera.get(f"admin: may view, {path}", path)
vera.form("admin: may view, changes", "/admin/auth/user/2/change/", {"username": "ann"})
vera.form("admin: may view, deletes", "/admin/auth/user/2/delete/", {"post": "yes"})

bare = Visitor("staff, without next")
bare.get("admin: page for staff", "/admin/login/")
bare.form("admin: staff gets in, without next", "/admin/login/", {"username": "stan", "password": PASSWORD})

root = Visitor("root")
root.get("admin: page for root", "/admin/login/?next=/admin/auth/user/")
root.form("admin: root gets in", "/admin/login/?next=/admin/auth/user/",
          {"username": "root", "password": PASSWORD, "next": "/admin/auth/user/"})
root.get("admin: index", "/admin/")
root.get("admin: no slash", "/admin/auth/user")
root.get("admin: one app", "/admin/auth/")
root.get("admin: no such app", "/admin/nothing/")
root.get("admin: no such model", "/admin/auth/nothing/")
for query in ["", "?q=ann", "?q=no-such-person", "?o=-1", "?is_staff__exact=1", "?is_active__exact=0", "?p=99", "?all=",
              "?nothing=1", "?password__startswith=md5", "?e=1", "?_facets=True"]:
    root.get(f"admin: list {query}", f"/admin/auth/user/{query}")
root.ask("admin: list, HEAD", "HEAD", "/admin/auth/user/")
root.get("admin: add", "/admin/auth/user/add/")
root.form("admin: add, nothing", "/admin/auth/user/add/")
new = {"username": "newcomer", "usable_password": "true", "password1": "Harbour-51-candle",
       "password2": "Harbour-51-candle"}
root.form("admin: add, a name that is taken", "/admin/auth/user/add/", {**new, "username": "ann"})
root.form("admin: add, a name that is none", "/admin/auth/user/add/", {**new, "username": "a b!"})
root.form("admin: add, passwords unlike", "/admin/auth/user/add/", {**new, "password2": "x"})
root.form("admin: add, a bad password", "/admin/auth/user/add/", {**new, "password1": "12345", "password2": "12345"})
root.form("admin: add, added", "/admin/auth/user/add/", new)
kurt = f"/admin/auth/user/{NUMBERS['kurt']}"
root.get("admin: change", f"{kurt}/change/")
profile = {"username": "kurt", "first_name": "Kurt", "last_name": "", "email": "kurt@example.org", "is_active": "on",
           "date_joined_0": "2024-01-01", "date_joined_1": "12:00:00"}
root.form("admin: change, a bad address", f"{kurt}/change/", {**profile, "email": "kurt"})
root.form("admin: change, no name", f"{kurt}/change/", {**profile, "username": ""})
root.form("admin: change, changed", f"{kurt}/change/", profile)
root.get("admin: list after a change", "/admin/auth/user/")
root.form("admin: change, and continue", f"{kurt}/change/", {**profile, "_continue": ""})
root.get("admin: change again", f"{kurt}/change/")
root.get("admin: history", f"{kurt}/history/")
root.get("admin: password page", f"{kurt}/password/")
root.form("admin: password, unlike", f"{kurt}/password/", {"password1": "Harbour-51-candle", "password2": "x"})
root.form("admin: password, set", f"{kurt}/password/",
          {"password1": "Harbour-51-candle", "password2": "Harbour-51-candle", "set-password": ""})
root.form("admin: action, nothing chosen", "/admin/auth/user/", {"action": "delete_selected", "index": "0"})
root.form("admin: action, asks first", "/admin/auth/user/",
          {"action": "delete_selected", "index": "0", "_selected_action": str(NUMBERS["kurt"])})
root.get("admin: delete", f"{kurt}/delete/")
root.ask("admin: delete, no token", "POST", f"{kurt}/delete/", form={"post": "yes"})
root.form("admin: delete, deleted", f"{kurt}/delete/", {"post": "yes"})
for what in ("change", "delete", "history", "password"):
    root.get(f"admin: {what} of nobody", f"/admin/auth/user/9999/{what}/")
root.get("admin: change of no number", "/admin/auth/user/abc/change/")
root.get("admin: page to log in for who is in", "/admin/login/?next=/admin/auth/user/")
root.get("admin: log-out by GET", "/admin/logout/")
root.get("admin: own password", "/admin/password_change/")
root.form("admin: log-out", "/admin/logout/")
root.get("admin: after log-out", "/admin/")
