"""`/account/password_change/`."""

from people import PASSWORD

from .visitor import Visitor

PATH = "/account/password_change/"
NEW = "Violet-93-harbour"

dorothea, other = Visitor("dorothea"), Visitor("dorothea elsewhere")
dorothea.log_in("dorothea")
other.log_in("dorothea")
dorothea.get("change: page", PATH)
for method in ("HEAD", "OPTIONS", "DELETE"):
    dorothea.ask(f"change: {method}", method, PATH, headers={"X-CSRFToken": "{csrf}"})
dorothea.ask("change: no token", "POST", PATH,
             form={"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})


def change(name, old, new, again=None, who=dorothea):
    fields = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    who.form(f"change: {name}", PATH, fields)


dorothea.form("change: no fields", PATH)
change("empty", "", "")
change("no old one", "", NEW)
change("no new one", PASSWORD, "")
change("new one once", PASSWORD, NEW, "")
change("wrong old one", "wrong", NEW)
change("unlike", PASSWORD, NEW, NEW + "x")
change("wrong and unlike", "wrong", NEW, NEW + "x")
change("short", PASSWORD, "Vi-9")
change("common", PASSWORD, "password")
change("numeric", PASSWORD, "4920184756")
change("like the name", PASSWORD, "dorothea1")
change("like the address", PASSWORD, "dorothea@example.org")
change("short, common and numeric", PASSWORD, "12345")
other.get("change: elsewhere still in", "/dashboard/")
change("done", PASSWORD, NEW)
dorothea.get("change: page after", "/account/password_change/done/")
dorothea.get("change: still in", "/dashboard/")
other.get("change: elsewhere out", "/dashboard/")
other.get("change: elsewhere, page to log in", "/login/")
other.form("change: old one opens nothing", "/login/", {"username": "dorothea", "password": PASSWORD})
other.form("change: new one opens", "/login/", {"username": "dorothea", "password": NEW})
change("the same again", NEW, NEW)
dorothea.get("change: in after the same", "/dashboard/")
change("spaces alone", NEW, "          ")
