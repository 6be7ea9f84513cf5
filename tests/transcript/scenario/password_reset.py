"""`/account/password_reset/` and what its letter leads to."""

from base64 import urlsafe_b64encode

from people import NUMBERS, PASSWORD

from .password_change import NEW
from .visitor import Visitor

PATH = "/account/password_reset/"
UID = urlsafe_b64encode(str(NUMBERS["emilian"]).encode()).decode().rstrip("=")
CHOOSE = f"/account/reset/{UID}/set-password/"

emilian = Visitor("emilian")
emilian.get("reset: page", PATH)
for method in ("HEAD", "OPTIONS", "PUT"):
    emilian.ask(f"reset: {method}", method, PATH, headers={"X-CSRFToken": "{csrf}"})
emilian.ask("reset: no token", "POST", PATH, form={"email": "emilian@example.org"})
for name, address in [("empty", ""), ("no address", "emilian"), ("two addresses", "a@example.org, b@example.org"),
                      ("a line break", "a@example.org\nBcc: b@example.org"), ("very long", "a" * 250 + "@example.org")]:
    emilian.form(f"reset: {name}", PATH, {"email": address})
emilian.form("reset: no field", PATH)
emilian.form("reset: of nobody", PATH, {"email": "nobody@example.org"})
emilian.form("reset: of somebody inactive", PATH, {"email": "gone@example.org"})
emilian.form("reset: of emilian", PATH, {"email": "EMILIAN@example.org"}, mail=True)
emilian.get("reset: page after", "/account/password_reset/done/")

for name, path in [("a token that is none", f"/account/reset/{UID}/x/"),
                   ("a token of the right form", f"/account/reset/{UID}/c00000-0123456789abcdef0123456789abcdef/"),
                   ("nobody", "/account/reset/OTk5OTk/c00000-0123456789abcdef0123456789abcdef/"),
                   ("no number", "/account/reset/eA/c00000-0123456789abcdef0123456789abcdef/"),
                   ("no base64", "/account/reset/!!/c00000-0123456789abcdef0123456789abcdef/"),
                   ("set-password without a link", CHOOSE)]:
    emilian.get(f"reset: link with {name}", path)
emilian.form("reset: sends a password without a link", CHOOSE, {"new_password1": NEW, "new_password2": NEW})

elsewhere = Visitor("emilian is in")
elsewhere.log_in("ann")
emilian.ask("reset: HEAD of the link", "HEAD", "{link}")
emilian.get("reset: opens the link", "{link}")
emilian.get("reset: page to choose", CHOOSE)
for method in ("HEAD", "OPTIONS"):
    emilian.ask(f"reset: {method} of the page to choose", method, CHOOSE)
elsewhere.get("reset: page to choose in another browser", CHOOSE)
emilian.ask("reset: password without a token", "POST", CHOOSE, form={"new_password1": NEW, "new_password2": NEW})
for name, new, again in [("empty", "", ""), ("unlike", NEW, NEW + "x"), ("short", "Vi-9", "Vi-9"),
                         ("common and numeric", "1234567890", "1234567890"),
                         ("like the name", "emilian12", "emilian12")]:
    emilian.form(f"reset: password {name}", CHOOSE, {"new_password1": new, "new_password2": again})
emilian.get("reset: page to choose again", CHOOSE)
emilian.form("reset: done", CHOOSE, {"new_password1": NEW, "new_password2": NEW})
emilian.get("reset: page at the end", "/account/reset/done/")
emilian.get("reset: not logged in by it", "/dashboard/")
emilian.get("reset: the link again", "{link}")
emilian.get("reset: page to choose after", CHOOSE)
emilian.form("reset: password again", CHOOSE, {"new_password1": NEW, "new_password2": NEW})
emilian.get("reset: page to log in", "/login/")
emilian.form("reset: old password opens nothing", "/login/", {"username": "emilian", "password": PASSWORD})
emilian.form("reset: new password opens", "/login/", {"username": "emilian", "password": NEW})
emilian.get("reset: page for who is in", PATH)
emilian.form("reset: of who is in", PATH, {"email": "emilian@example.org"}, mail=True)
emilian.get("reset: link for who is in", "{link}")
emilian.form("reset: done by who is in", CHOOSE, {"new_password1": PASSWORD, "new_password2": PASSWORD})
emilian.get("reset: out afterwards", "/dashboard/")
