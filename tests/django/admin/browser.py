"""A browser without JavaScript, as a script is one: pages with forms, links and the errors beside fields."""

import re
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

VOID = {"input", "img", "br", "hr", "meta", "link", "source", "path", "use", "area", "col", "wbr"}


class Page(HTMLParser):
    """Forms, links, table rows and the errors beside fields of one page."""

    def __init__(self, response):
        super().__init__()
        self.url, self.day = response.url, parsedate_to_datetime(response.headers["Date"]).date()
        self.forms, self.links, self.rows, self.errors = [], [], [], {}
        self.form = self.select = self.link = self.row = self.field = None
        self.field_depth = self.depth = 0
        self.feed(response.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            self.depth += 1
        if error := re.fullmatch(r"id_(\w+)_error", attributes.get("id") or ""):
            self.field, self.field_depth = error[1], self.depth
        match tag:
            case "form":
                self.form = {"action": attributes.get("action"), "controls": []}
                self.forms.append(self.form)
            case "input" | "button" | "textarea" if self.form is not None and attributes.get("name"):
                self.form["controls"].append(control(tag, attributes))
            case "select" if self.form is not None:
                self.select = {"name": attributes["name"], "kind": "select", "options": [], "value": []}
                self.form["controls"].append(self.select)
            case "option" if self.select is not None:
                self.select["options"].append(attributes.get("value", ""))
                if "selected" in attributes:
                    self.select["value"].append(attributes.get("value", ""))
            case "a" if "href" in attributes:
                self.link = [attributes["href"], ""]
                self.links.append(self.link)
            case "tr":
                self.row = []
                self.rows.append(self.row)
            case "li" | "p" if self.field is not None:
                self.errors.setdefault(self.field, []).append("")

    def handle_endtag(self, tag):
        if self.field is not None and self.depth == self.field_depth:
            self.field = None
        if tag not in VOID:
            self.depth -= 1
        match tag:
            case "form":
                self.form = None
            case "select":
                self.select = None
            case "a":
                self.link = None
            case "tr":
                self.row = None

    def handle_data(self, data):
        if self.link is not None:
            self.link[1] += data
        if self.row is not None:
            self.row.append(data)
        if self.field is not None and self.errors.get(self.field):
            self.errors[self.field][-1] += data

    def form_with(self, *names):
        """The form that has all these controls; a page has others, such as that for logging out."""
        for form in self.forms:
            if set(names) <= {each["name"] for each in form["controls"]}:
                return form
        raise LookupError(f"{self.url}: no form with {', '.join(names)}")

    @property
    def token(self):
        return self.control("csrfmiddlewaretoken")["value"]

    def control(self, name):
        return next(each for form in self.forms for each in form["controls"] if each["name"] == name)


def control(tag, attributes):
    kind = attributes.get("type") or ("submit" if tag == "button" else "text")
    value = attributes.get("value", "on" if kind == "checkbox" else "")
    return {"name": attributes["name"], "kind": kind, "value": value, "checked": "checked" in attributes}


def successful(form):
    """What a browser sends of an untouched form, as pairs, without its buttons."""
    for each in form["controls"]:
        if each["kind"] == "select":
            yield from ((each["name"], value) for value in each["value"])
        elif each["kind"] in ("checkbox", "radio"):
            if each["checked"]:
                yield each["name"], each["value"]
        elif each["kind"] not in ("submit", "button", "image", "file"):
            yield each["name"], each["value"]


class Browser:
    """One visitor: keeps cookies, follows no redirect by itself."""

    def __init__(self, base):
        self.base, self.session = base.rstrip("/"), requests.Session()

    def get(self, path):
        return self.session.get(self.base + path, allow_redirects=False, timeout=60)

    def submit(self, path, names, values=None, *, drop=()):
        """Opens the page, fills its form in and sends it. A value may be a list, as of a multiple select."""
        page = Page(self.get(path))
        form = page.form_with(*names)
        values = values or {}
        pairs = [(name, value) for name, value in successful(form) if name not in values and name not in drop]
        return self.send(urljoin(page.url, form["action"] or page.url), [*pairs, *flat(values)])

    def post(self, path, values=None):
        """Sends these values only, with the token that a script took from the log-out form of any page."""
        token = Page(self.get("/admin/password_change/")).token
        return self.send(self.base + path, [("csrfmiddlewaretoken", token), *flat(values or {})])

    def send(self, url, pairs):
        return self.session.post(url, data=pairs, allow_redirects=False, timeout=60)

    def log_in(self, username, password):
        return self.submit("/admin/login/?next=/admin/", ["username"], {"username": username, "password": password})


def flat(values):
    for name, value in values.items():
        yield from ((name, each) for each in (value if isinstance(value, list) else [value]))
