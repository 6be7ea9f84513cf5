"""Who asks. `Visitor("ann").get("name of the request", "/path/")` adds a request to the scenario."""

from people import PASSWORD

REQUESTS = []


class Visitor:
    """A browser or a program of its own."""

    def __init__(self, who):
        self.who = who

    def ask(self, name, method, path, **more):
        """See ../player.py for what else may be said."""
        assert all(request["name"] != name for request in REQUESTS), f"{name}: there is one already"
        REQUESTS.append({"name": name, "who": self.who, "method": method, "path": path, **more})

    def get(self, name, path, **more):
        self.ask(name, "GET", path, **more)

    def form(self, name, path, fields=None, **more):
        """Sends a form with its token; the page was got before."""
        self.ask(name, "POST", path, form={"csrfmiddlewaretoken": "{csrf}"} | (fields or {}), **more)

    def json(self, name, path, value, method="POST", **more):
        self.ask(name, method, path, json=value, **more)

    def log_in(self, username, password=PASSWORD, path="/login/"):
        """Two requests; the form of the admin's page says where to go next."""
        self.get(f"{self.who}: gets {path}", path)
        fields = {"username": username, "password": password, "next": "/admin/" if "admin" in path else ""}
        self.form(f"{self.who}: logs in as {username}", path, fields)

    def obtain(self, username, access="access", refresh="refresh"):
        """Tokens, under these placeholders."""
        self.json(f"{self.who}: obtains tokens for {username}", "/api/auth/login/",
                  {"username": username, "password": PASSWORD}, take={access: "access", refresh: "refresh"})


def bearer(text):
    return {"Authorization": f"Bearer {text}"}
