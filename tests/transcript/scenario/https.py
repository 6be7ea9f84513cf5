"""Over HTTPS, as the proxy says: which cookies, referers and addresses are good there."""

from people import PASSWORD

from .visitor import Visitor

GOOD = {"username": "ann", "password": PASSWORD}
OURS = "https://{host}/login/"


class Secure(Visitor):
    def ask(self, name, method, path, *, headers=None, **more):
        super().ask(name, method, path, headers={"X-Forwarded-Proto": "https"} | (headers or {}), **more)


door = Secure("secure door")
door.get("https: page", "/login/")
door.get("https: dashboard of a stranger", "/dashboard/")
door.get("https: without a slash", "/login")
for name, headers in [("no referer", {}), ("referer elsewhere", {"Referer": "https://evil.example/"}),
                      ("referer over HTTP", {"Referer": "http://{host}/login/"}),
                      ("referer of another port", {"Referer": "https://127.0.0.1:1/"}),
                      ("referer that is no address", {"Referer": "login"}), ("referer empty", {"Referer": ""}),
                      ("origin over HTTP", {"Origin": "{site}"}), ("origin null", {"Origin": "null"}),
                      ("origin elsewhere, referer ours", {"Origin": "https://evil.example", "Referer": OURS})]:
    door.form(f"https: {name}", "/login/", GOOD, headers=headers)
door.form("https: referer ours", "/login/", headers={"Referer": OURS})
door.form("https: origin ours", "/login/", headers={"Origin": "https://{host}"})
door.form("https: origin ours, referer elsewhere", "/login/",
          headers={"Origin": "https://{host}", "Referer": "https://evil.example/"})
door.form("https: good", "/login/", GOOD, headers={"Referer": OURS})
door.get("https: dashboard", "/dashboard/")
door.form("https: out", "/logout/", headers={"Referer": OURS})
for name, wanted in [("over HTTPS", "https://{host}/dashboard/"), ("over HTTP", "http://{host}/dashboard/"),
                     ("no scheme", "//{host}/dashboard/"), ("elsewhere", "https://evil.example/")]:
    visitor = Secure(f"https, next {name}")
    visitor.get(f"https: page, next {name}", "/login/")
    visitor.form(f"https: next {name}", "/login/", {**GOOD, "next": wanted}, headers={"Referer": OURS})
program = Secure("secure program")
program.json("https: tokens", "/api/auth/login/", GOOD, take={"secure_access": "access"})
program.get("https: profile", "/api/profile/", headers={"Authorization": "Bearer {secure_access}"})
program.get("https: posts by pages", "/api/posts/?page=1", headers={"Authorization": "Bearer {secure_access}"})
browser = Secure("secure browser")
browser.get("https: page for a session", "/login/")
browser.form("https: session", "/login/", GOOD, headers={"Referer": OURS})
browser.get("https: page with a token", "/account/password_change/")
for name, headers in [("no referer", {}), ("referer elsewhere", {"Referer": "https://evil.example/"}),
                      ("referer ours", {"Referer": OURS})]:
    browser.json(f"https: post by session, {name}", "/api/posts/", {"title": "t", "body": "b"},
                 headers={"X-CSRFToken": "{csrf}", **headers})
