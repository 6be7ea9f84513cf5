"""`/api/profile/`: access tokens of every kind, headers of every form."""

from people import NUMBERS

from .tokens import KINDS
from .visitor import Visitor, bearer

PATH = "/api/profile/"
program = Visitor("profile's program")
ACCESS = {"token_type": "access", "user_id": str(NUMBERS["ann"])}
program.get("profile: no header", PATH)
for name, claims in KINDS.items():
    claims = {"token_type": "refresh"} if name == "of the other type" else claims
    program.get(f"profile: {name}", PATH, headers=bearer("{minted}"), mint={"minted": ACCESS | claims})
for name, header in [("empty", ""), ("Bearer alone", "Bearer"), ("Bearer and a space", "Bearer "),
                     ("three parts", "Bearer a b"), ("small letters", "bearer {standing_access}"),
                     ("Token", "Token {standing_access}"), ("Basic", "Basic YW5uOng="),
                     ("token alone", "{standing_access}"),
                     ("two spaces", "Bearer  {standing_access}"), ("a tab", "Bearer\t{standing_access}"),
                     ("no token", "Bearer nonsense"), ("two parts", "Bearer a.b"),
                     ("refresh", "Bearer {standing_refresh}")]:
    program.get(f"profile: header {name}", PATH, headers={"Authorization": header})
program.get("profile: two headers", PATH, headers={"Authorization": ["Bearer {standing_access}", "Bearer nonsense"]})
program.get("profile: access", PATH, headers=bearer("{standing_access}"))
for method in ("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
    program.ask(f"profile: {method}", method, PATH, headers=bearer("{standing_access}"))
    program.ask(f"profile: {method} by a stranger", method, PATH)
program.get("profile: without a slash", PATH[:-1], headers=bearer("{standing_access}"))
for accept in ("text/html", "application/xml", "application/json; indent=2"):
    program.get(f"profile: accept {accept}", PATH, headers={**bearer("{standing_access}"), "Accept": accept})

browser = Visitor("profile's browser")
browser.log_in("bob")
browser.get("profile: session", PATH)
browser.get("profile: session and a good token", PATH, headers=bearer("{standing_access}"))
browser.get("profile: session and a bad token", PATH, headers=bearer("nonsense"))
browser.get("profile: session and another scheme", PATH, headers={"Authorization": "Basic YW5uOng="})
