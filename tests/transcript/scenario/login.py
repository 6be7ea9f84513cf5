"""`/login/`."""

from people import PASSWORD

from .visitor import Visitor

GOOD = {"username": "ann", "password": PASSWORD}

door = Visitor("door")
door.get("login: page", "/login/")
door.get("login: page again", "/login/")
for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
    door.ask(f"login: {method}", method, "/login/", headers={"X-CSRFToken": "{csrf}"})
door.get("login: without a slash", "/login")
door.get("login: without a slash, with a query", "/login?next=/dashboard/")

# What a form must carry.
Visitor("no cookie").ask("login: no cookie, no token", "POST", "/login/", form=GOOD)
Visitor("no cookie").ask("login: a token without its cookie", "POST", "/login/",
                         form={"csrfmiddlewaretoken": "a" * 64, **GOOD})
door.ask("login: no token", "POST", "/login/", form=GOOD)
for name, token in [("wrong", "a" * 64), ("short", "abc"), ("empty", ""), ("odd letters", "-" * 64)]:
    door.form(f"login: token {name}", "/login/", {**GOOD, "csrfmiddlewaretoken": token})
for name, origin in [("elsewhere", "https://evil.example"), ("null", "null"), ("another port", "http://127.0.0.1:1"),
                     ("over TLS", "https://{host}"), ("empty", "")]:
    door.form(f"login: origin {name}", "/login/", GOOD, headers={"Origin": origin})
door.form("login: referer elsewhere", "/login/", {**GOOD, "password": ""}, headers={"Referer": "https://evil.example/"})
door.ask("login: token in the header", "POST", "/login/", form={"username": "", "password": ""},
         headers={"X-CSRFToken": "{csrf}"})
door.ask("login: bare secret in the header", "POST", "/login/", form={"username": "", "password": ""},
         headers={"X-CSRFToken": "{cookie_csrftoken}"})
door.form("login: bare secret as token", "/login/", {"csrfmiddlewaretoken": "{cookie_csrftoken}"})
door.form("login: origin is ours", "/login/", headers={"Origin": "{site}"})

# What is typed.
door.form("login: nothing", "/login/")
door.form("login: empty", "/login/", {"username": "", "password": ""})
door.form("login: no password", "/login/", {"username": "ann"})
door.form("login: no name", "/login/", {"password": "x"})
door.form("login: a name of spaces", "/login/", {"username": "   ", "password": "x"})
door.form("login: a name of 151 letters", "/login/", {"username": "a" * 151, "password": "x"})
door.form("login: a name of 255 letters", "/login/", {"username": "a" * 255, "password": "x"})
door.form("login: wrong password", "/login/", {"username": "cleo", "password": "wrong"})
door.form("login: wrong password, next is kept", "/login/?next=/dashboard/",
          {"username": "cleo", "password": "wrong", "next": "/account/password_change/"})
door.form("login: nobody", "/login/", {"username": "no-such-person", "password": PASSWORD})
door.form("login: inactive", "/login/", {"username": "gone", "password": PASSWORD})
door.form("login: name in capitals", "/login/", {"username": "HANA", "password": PASSWORD})
door.form("login: address in place of the name", "/login/", {"username": "hana@example.org", "password": PASSWORD})
door.form("login: password with a space more", "/login/", {"username": "hana", "password": PASSWORD + " "})
door.form("login: a name with markup", "/login/", {"username": "<b>\"x'&", "password": "x"})
door.form("login: several names, the last counts", "/login/", {"username": ["ann", ""], "password": "x"})
door.form("login: good", "/login/", GOOD)
door.get("login: dashboard", "/dashboard/")
kept = Visitor("kept")
kept.get("login: page for who stays", "/login/")
kept.form("login: good, and stays", "/login/", {**GOOD, "remember": "on"})
for name, typed in [("spaces around it", " ann "), ("wide letters", "\uff41\uff4e\uff4e"),
                    ("several, the last counts", ["nobody", "ann"])]:
    visitor = Visitor(f"name with {name}")
    visitor.get(f"login: page for a name with {name}", "/login/")
    visitor.form(f"login: name with {name}", "/login/", {"username": typed, "password": PASSWORD})

# Who is in.
door.get("login: page for who is in", "/login/")
door.form("login: wrong password of who is in", "/login/", {"username": "ivo", "password": "wrong"})
door.get("login: still in", "/dashboard/")
door.form("login: in again", "/login/", GOOD)
door.get("login: page for who is in again", "/login/")
door.form("login: another is in", "/login/", {**GOOD, "username": "bob"})
door.get("login: dashboard of another", "/dashboard/")

# Where it leads.
NEXT = {
    "path": "/account/password_change/",
    "path and query": "/dashboard/?a=b&c=d",
    "relative": "dashboard/",
    "query": "?x=1",
    "fragment": "#x",
    "this host": "http://{host}/dashboard/",
    "this host, no scheme": "//{host}/dashboard/",
    "this host, TLS": "https://{host}/dashboard/",
    "spaces before": "  /dashboard/",
    "letters beyond ASCII": "/dashboard/?q=ü",
    "escapes": "/dashboard/?q=%C3%BC%20x",
    "colon in the path": "/a:b",
    "empty": "",
    "elsewhere": "https://evil.example/",
    "elsewhere, no scheme": "//evil.example/",
    "three slashes": "///evil.example/",
    "backslash": "/\\evil.example/",
    "backslashes": "\\\\evil.example/",
    "scheme and three slashes": "http:///evil.example/",
    "scheme without slashes": "http:evil.example",
    "script": "javascript:alert(1)",
    "ftp": "ftp://{host}/",
    "user of another host": "http://{host}@evil.example/",
    "line break": "/dashboard/\r\nX: y",
    "control character first": "\x08//evil.example",
    "tab within": "/\t/evil.example",
}
for name, wanted in NEXT.items():
    visitor = Visitor(f"next: {name}")
    query = wanted.replace("%", "%25").replace("&", "%26").replace("#", "%23").replace("\\", "%5C").replace(" ", "%20")
    for raw, escaped in [("\r", "%0D"), ("\n", "%0A"), ("\x08", "%08"), ("\t", "%09"), ("ü", "%C3%BC")]:
        query = query.replace(raw, escaped)
    visitor.get(f"login: page, next {name}", f"/login/?next={query}")
    visitor.form(f"login: next {name}", "/login/", {**GOOD, "next": wanted})
for name, query, field in [("in the address alone", "/account/password_change/", None),
                           ("of the form before that of the address", "/account/password_change/", "/dashboard/?form"),
                           ("elsewhere in the form, good in the address", "/account/password_change/",
                            "//evil.example")]:
    visitor = Visitor(f"next {name}")
    visitor.get(f"login: page, next {name}", f"/login/?next={query}")
    visitor.form(f"login: next {name}", f"/login/?next={query}", {**GOOD} | ({"next": field} if field else {}))
