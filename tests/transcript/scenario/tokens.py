"""`/api/auth/…`: every row of simplejwt's table. `standing` tokens are never used up."""

from people import NUMBERS, PASSWORD

from .visitor import Visitor

LOGIN, REFRESH, VERIFY, LOGOUT = (f"/api/auth/{name}/" for name in ("login", "refresh", "verify", "logout"))
FIELDS = {LOGIN: ["username", "password"], REFRESH: ["refresh"], VERIFY: ["token"], LOGOUT: ["refresh"]}
TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
ANN = {"username": "ann", "password": PASSWORD}

program = Visitor("program")
program.obtain("ann", "standing_access", "standing_refresh")
program.ask("tokens: log-in by a form", "POST", LOGIN, form=ANN)
program.json("tokens: log-in as JSON in a charset", LOGIN, ANN,
             headers={"Content-Type": "application/json; charset=utf-8"})
for name, body in [("wrong password", {**ANN, "username": "ivo", "password": "wrong"}),
                   ("nobody", {**ANN, "username": "no-one"}),
                   ("inactive", {**ANN, "username": "gone"}),
                   ("capitals", {**ANN, "username": "ANN"}),
                   ("more fields", {**ANN, "is_staff": True, "user_id": 1})]:
    program.json(f"tokens: log-in, {name}", LOGIN, body)

# Whole bodies, for each of the four.
for path, fields in FIELDS.items():
    what = path.split("/")[-2]
    good = {field: "x" for field in fields}
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
        program.ask(f"tokens: {what}, {method}", method, path)
    program.get(f"tokens: {what}, without a slash", path[:-1])
    program.ask(f"tokens: {what}, no body", "POST", path)
    for name, body in [("no JSON", "{"), ("nothing", ""), ("a list", "[]"), ("a text", '"x"'), ("a number", "1"),
                       ("null", "null"), ("no fields", "{}")]:
        program.ask(f"tokens: {what}, {name}", "POST", path, headers=JSON, body=body)
    program.ask(f"tokens: {what}, plain text", "POST", path, headers=TEXT, body="x")
    program.ask(f"tokens: {what}, XML", "POST", path, headers={"Content-Type": "application/xml"}, body="<x/>")
    for field in fields:
        for name, value in [("blank", ""), ("spaces", "  "), ("null", None), ("a list", []), ("an object", {"a": 1}),
                            ("true", True)]:
            program.json(f"tokens: {what}, {field} is {name}", path, {**good, field: value})
program.ask("tokens: log-in, an empty form", "POST", LOGIN, form={"username": "", "password": ""})

# Tokens of every kind, for each of the three that take one. The claims are over good ones.
REFRESHING = {"token_type": "refresh", "exp": 86_400, "user_id": str(NUMBERS["ann"])}
KINDS = {
    "good": {},
    "expired": {"exp": -5},
    "of the other type": {"token_type": "access"},
    "of no type": {"token_type": None},
    "of a strange type": {"token_type": "sliding"},
    "without exp": {"exp": None},
    "without jti": {"jti": None},
    "without a user": {"user_id": None},
    "of nobody": {"user_id": "99999"},
    "of no number": {"user_id": "abc"},
    "of a number": {"user_id": NUMBERS["ann"]},
    "of somebody inactive": {"user_id": str(NUMBERS["gone"])},
    "made in the future": {"iat": 3600},
    "good in the future": {"nbf": 3600},
    "by another key": {"_key": "another"},
    "by another algorithm": {"_alg": "HS512"},
    "by none": {"_alg": "none"},
}
for path, field in [(VERIFY, "token"), (REFRESH, "refresh"), (LOGOUT, "refresh")]:
    what = path.split("/")[-2]
    for name, claims in KINDS.items():
        program.json(f"tokens: {what}, {name}", path, {field: "{minted}"}, mint={"minted": REFRESHING | claims})
    for name, text in [("no token", "nonsense"), ("two parts", "a.b"), ("three parts", "a.b.c"),
                       ("four parts", "a.b.c.d")]:
        program.json(f"tokens: {what}, {name}", path, {field: text})
    program.ask(f"tokens: {what}, by a form", "POST", path, form={field: "{minted}"},
                mint={"minted": REFRESHING})
program.json("tokens: verify, access", VERIFY, {"token": "{standing_access}"})
program.json("tokens: verify, refresh", VERIFY, {"token": "{standing_refresh}"})
program.json("tokens: verify, with a bad header", VERIFY, {"token": "{standing_access}"},
             headers={"Authorization": "Bearer nonsense"})
program.json("tokens: log-in, with a bad header", LOGIN, ANN, headers={"Authorization": "Bearer nonsense"})

# Rotation.
rotating = Visitor("rotating")
rotating.obtain("bob", "access1", "refresh1")
rotating.json("rotation: first", REFRESH, {"refresh": "{refresh1}"}, take={"access2": "access", "refresh2": "refresh"})
rotating.json("rotation: successor is good", VERIFY, {"token": "{refresh2}"})
rotating.json("rotation: second", REFRESH, {"refresh": "{refresh2}"}, take={"access3": "access", "refresh3": "refresh"})
rotating.get("rotation: access of the first", "/api/profile/", headers={"Authorization": "Bearer {access1}"})
rotating.get("rotation: access of the third", "/api/profile/", headers={"Authorization": "Bearer {access3}"})
rotating.json("rotation: used one is no more verified", VERIFY, {"token": "{refresh1}"})
rotating.json("rotation: logs out", LOGOUT, {"refresh": "{refresh3}"})
rotating.json("rotation: logs out twice", LOGOUT, {"refresh": "{refresh3}"})
rotating.json("rotation: refresh after log-out", REFRESH, {"refresh": "{refresh3}"})
rotating.json("rotation: verify after log-out", VERIFY, {"token": "{refresh3}"})
rotating.get("rotation: access after log-out", "/api/profile/", headers={"Authorization": "Bearer {access3}"})
reused = Visitor("reused")
reused.obtain("bob", "access4", "refresh4")
reused.json("reuse: first", REFRESH, {"refresh": "{refresh4}"}, take={"refresh5": "refresh"})
reused.json("reuse: again", REFRESH, {"refresh": "{refresh4}"})
reused.json("reuse: successor afterwards", REFRESH, {"refresh": "{refresh5}"})

thief = Visitor("thief")
thief.obtain("bob", "access6", "refresh6")
thief.json("reuse: first of another", REFRESH, {"refresh": "{refresh6}"}, take={"refresh7": "refresh"})
thief.json("reuse: used one logs nobody out", LOGOUT, {"refresh": "{refresh6}"})
thief.json("reuse: log-out of the successor", LOGOUT, {"refresh": "{refresh7}"})

# What befalls their owner.
owner, root = Visitor("owner"), Visitor("root for owners")
root.log_in("root", path="/admin/login/")
root.get("owners: page", "/admin/")
for name, befalls in [("idle", "change"), ("passing", "delete")]:
    owner.obtain(name, f"{name}_access", f"{name}_refresh")
    path = f"/admin/auth/user/{NUMBERS[name]}/{befalls}/"
    fields = {"username": name, "email": f"{name}@example.org", "date_joined_0": "2024-01-01",
              "date_joined_1": "12:00:00"} if befalls == "change" else {"post": "yes"}
    root.form(f"owners: {befalls} of {name}", path, fields)
    owner.get(f"owners: profile of {name}", "/api/profile/", headers={"Authorization": f"Bearer {{{name}_access}}"})
    owner.json(f"owners: verify of {name}", VERIFY, {"token": f"{{{name}_access}}"})
    owner.json(f"owners: refresh of {name}", REFRESH, {"refresh": f"{{{name}_refresh}}"})
    owner.json(f"owners: logout of {name}", LOGOUT, {"refresh": f"{{{name}_refresh}}"})
