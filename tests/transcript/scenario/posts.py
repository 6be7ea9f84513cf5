"""`/api/posts/` and `/api/posts/{id}/`."""

from .visitor import Visitor, bearer

PATH = "/api/posts/"
ann, bob, stan = bearer("{ann_access}"), bearer("{bob_access}"), bearer("{stan_access}")
program = Visitor("posts' program")
for name in ("ann", "bob", "stan"):
    program.obtain(name, f"{name}_access", f"{name}_refresh")

program.get("posts: list for strangers", PATH)
program.json("posts: create by strangers", PATH, {"title": "a", "body": "b"})
program.get("posts: list, bad token", PATH, headers=bearer("nonsense"))
program.get("posts: list, empty", PATH, headers=ann)
program.json("posts: create", PATH, {"title": "First", "body": "of ann"}, headers=ann)
program.json("posts: create another", PATH,
             {"title": "Second", "body": "Zwölf\nBoxkämpfer", "owner": 1, "id": 99}, headers=ann)
program.json("posts: create of another", PATH, {"title": "Third", "body": "of bob"}, headers=bob)
program.ask("posts: create by a form", "POST", PATH, form={"title": "Fourth", "body": " of bob "}, headers=bob)
for name, body in [("nothing", {}), ("blank", {"title": "", "body": ""}), ("spaces", {"title": " ", "body": " "}),
                   ("null", {"title": None, "body": None}), ("no body", {"title": "x"}),
                   ("too long", {"title": "x" * 201, "body": "y"}),
                   ("as long as can be", {"title": "x" * 200, "body": "y"}), ("a list", {"title": [], "body": {}}),
                   ("numbers", {"title": 1, "body": 2.5}), ("true", {"title": True, "body": False}),
                   ("all a list", [])]:
    program.json(f"posts: create, {name}", PATH, body, headers=ann)
program.ask("posts: create, no JSON", "POST", PATH, headers={**ann, "Content-Type": "application/json"}, body="{")
program.ask("posts: create, plain text", "POST", PATH, headers={**ann, "Content-Type": "text/plain"}, body="x")
program.get("posts: list of ann", PATH, headers=ann)
program.get("posts: list of bob", PATH, headers=bob)
program.get("posts: list of staff", PATH, headers=stan)
for turn in range(1, 20):
    program.json(f"posts: create number {turn} of many", PATH, {"title": f"{turn}", "body": "many"}, headers=bob)
for page in ("1", "2", "last", "3", "0", "-1", "x", ""):
    program.get(f"posts: page {page or 'empty'}", f"{PATH}?page={page}", headers=bob)
for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
    program.ask(f"posts: {method}", method, PATH, headers=ann)
    program.ask(f"posts: {method} by strangers", method, PATH)

ONE, NONE = f"{PATH}1/", f"{PATH}9999/"
for who, headers in [("owner", ann), ("another", bob), ("staff", stan), ("strangers", {})]:
    for name, path in [("one", ONE), ("none", NONE)]:
        program.get(f"posts: {name} for {who}", path, headers=headers)
        program.json(f"posts: put of {name} by {who}", path, {"title": f"by {who}", "body": "b"}, "PUT",
                     headers=headers)
        program.json(f"posts: patch of {name} by {who}", path, {"body": f"by {who}"}, "PATCH", headers=headers)
    program.json(f"posts: put of half by {who}", ONE, {"title": "half"}, "PUT", headers=headers)
    program.json(f"posts: bad put by {who}", ONE, {"title": "", "body": None}, "PUT", headers=headers)
    program.json(f"posts: patch of nothing by {who}", ONE, {}, "PATCH", headers=headers)
for path in (f"{PATH}abc/", f"{PATH}0/", f"{PATH}-1/", f"{PATH}01/", f"{PATH}1"):
    program.get(f"posts: {path}", path, headers=ann)
program.ask("posts: POST to one", "POST", ONE, headers=ann)
program.ask("posts: OPTIONS of one", "OPTIONS", ONE, headers=ann)
program.ask("posts: HEAD of one", "HEAD", ONE, headers=ann)
program.ask("posts: delete by strangers", "DELETE", ONE)
program.ask("posts: delete by another", "DELETE", ONE, headers=bob)
program.ask("posts: delete of none", "DELETE", NONE, headers=ann)
program.ask("posts: delete by its owner", "DELETE", ONE, headers=ann)
program.ask("posts: delete twice", "DELETE", ONE, headers=ann)
program.get("posts: one after its end", ONE, headers=ann)
program.ask("posts: delete by staff", "DELETE", f"{PATH}2/", headers=stan)

browser = Visitor("posts' browser")
browser.log_in("ann")
browser.get("posts: page with a token", "/account/password_change/")
browser.get("posts: list by session", PATH)
browser.json("posts: create by session, no token", PATH, {"title": "s", "body": "s"})
browser.json("posts: create by session", PATH, {"title": "s", "body": "s"}, headers={"X-CSRFToken": "{csrf}"})
browser.json("posts: create by session, origin elsewhere", PATH, {"title": "s", "body": "s"},
             headers={"X-CSRFToken": "{csrf}", "Origin": "https://evil.example"})
