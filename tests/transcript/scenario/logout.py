"""`/logout/`."""

from .visitor import Visitor

leaver = Visitor("leaver")
leaver.log_in("bob")
leaver.get("logout: dashboard", "/dashboard/")
for method in ("GET", "HEAD", "OPTIONS"):
    leaver.ask(f"logout: {method}", method, "/logout/")
leaver.get("logout: still in", "/dashboard/")
leaver.ask("logout: no token", "POST", "/logout/", form={})
leaver.form("logout: origin elsewhere", "/logout/", headers={"Origin": "https://evil.example"})
for method in ("PUT", "DELETE"):
    leaver.ask(f"logout: {method}", method, "/logout/", headers={"X-CSRFToken": "{csrf}"})
leaver.form("logout: out", "/logout/")
leaver.get("logout: dashboard is closed", "/dashboard/")
leaver.get("logout: page to log in", "/login/")
leaver.form("logout: out, without having been in", "/logout/")

for name, path, fields in [("next in the form", "/logout/", {"next": "/login/?form"}),
                           ("next in the address", "/logout/?next=/login/%3Faddress", {}),
                           ("next elsewhere", "/logout/", {"next": "https://evil.example/"}),
                           ("next elsewhere in the address", "/logout/?next=//evil.example/", {})]:
    visitor = Visitor(f"leaver, {name}")
    visitor.log_in("bob")
    visitor.get(f"logout: dashboard before {name}", "/dashboard/")
    visitor.form(f"logout: {name}", path, fields)
