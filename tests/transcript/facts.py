"""What an answer says, as facts that can be compared: {"status": 302, "location": "/dashboard/", …}.

Of chance and of the clock only the form is kept: a cookie is <new> or the <same> that the browser had, a token is what
its claims say, a time is <time>. All else stands as it was sent: of headers those in HEADERS, JSON whole and in its
order, of HTML what a person or a script can fill in and what it says is wrong. `hide` takes the site's address out.
"""

import base64
import json
import re
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

# The contract. A header that no Django here sends, as Content-Security-Policy, is left out.
HEADERS = (
    "allow", "cache-control", "content-type", "cross-origin-opener-policy", "expires", "location", "referrer-policy",
    "retry-after", "strict-transport-security", "vary", "www-authenticate", "x-content-type-options", "x-frame-options",
    "access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers",
    "access-control-max-age",
)
JWT = r"[\w-]+\.[\w-]+\.[\w-]+"
TIMES = [(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "<time>"), (r"\d{4}-\d\d-\d\d", "<date>"),
         (r"\d\d:\d\d:\d\d", "<time>")]


def headers(answer, hide, now):
    facts = {}
    for name in HEADERS:
        values = answer.get_all(name)
        if values is None:
            continue
        value = hide(", ".join(values))
        if name == "vary":  # a set
            value = ", ".join(sorted(part.strip() for part in value.split(",")))
        if name == "expires":
            value = when(value, now)
        if name == "retry-after":
            value = re.sub(r"^\d+$", "<seconds>", value)
        facts[name] = value
    return facts


def when(date, now):
    """A date of HTTP as the seconds from now, give or take a few."""
    seconds = round(parsedate_to_datetime(date).timestamp() - now)
    return "<long ago>" if seconds < -86_400 else "<now>" if abs(seconds) <= 30 else f"<in {round(seconds, -2)} s>"


def cookies(answer, jar, now):
    """Every cookie with its attributes; keeps them in the jar as a browser does."""
    facts = {}
    for line in answer.get_all("set-cookie") or []:
        pair, *rest = (part.strip() for part in line.split(";"))
        name, _, value = pair.partition("=")
        attributes = {key.lower(): text for key, _, text in (part.partition("=") for part in rest)}
        gone = value in ("", '""') or attributes.get("max-age") == "0"
        said = ["<gone>" if gone else "<same>" if jar.get(name) == value else "<new>"]
        for key in sorted(attributes):
            text = when(attributes[key], now) if key == "expires" else attributes[key]
            said.append(f"{key}={text}" if text else key)
        facts[f"cookie {name}"] = "; ".join(said)
        if gone:
            jar.pop(name, None)
        else:
            jar[name] = value
    return facts


def of_json(text, hide):
    """The value if it is written as DRF writes it, else the text; tokens as what they say."""
    value = json.loads(text)
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return bare(value, hide) if compact == text else bare(text, hide)


def bare(value, hide):
    match value:
        case dict():
            return {name: "<seconds>" if name == "retry_after" else bare(each, hide) for name, each in value.items()}
        case list():
            return [bare(each, hide) for each in value]
        case str() if re.fullmatch(JWT, value):
            return token(value)
        case str():
            return hide(re.sub(*TIMES[0], value))
        case _:
            return value


def token(text):
    """What a token says, but for when it was made and its id."""
    head, claims, _ = (part + "=" * (-len(part) % 4) for part in text.split("."))
    head, claims = (json.loads(base64.urlsafe_b64decode(part)) for part in (head, claims))
    if {"exp", "iat"} <= claims.keys():
        # simplejwt reads the clock for each of the two.
        claims["exp"] = f"iat + {round(claims['exp'] - claims['iat'], -1)}"
        claims["iat"] = "<now>"
    if re.fullmatch("[0-9a-f]{32}", str(claims.get("jti"))):
        claims["jti"] = "<id>"
    return f"<{json.dumps(head, separators=(',', ':'))} {json.dumps(claims, separators=(',', ':'))}>"


class Page(HTMLParser):
    """Forms, the errors beside fields, and what is said above them; Django's markup and Vestibule's."""

    VOID = {"input", "img", "br", "hr", "meta", "link", "source", "path", "use", "area", "col", "wbr"}
    # What stands above a form that has errors beside its fields says nothing by itself.
    EMPTY = {"Please correct the error below.", "Please correct the errors below."}

    def __init__(self, text):
        super().__init__()
        self.forms, self.errors, self.says, self.token = [], {}, [], None
        self.form = self.select = self.area = None
        self.depth, self.place, self.text = 0, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in self.VOID:
            self.depth += 1
        self.look(tag, attributes)
        if tag == "form":
            self.form = {}
            self.forms.append(self.form)
        name = attributes.get("name")
        if self.form is None or (not name and tag != "option"):
            return
        match tag:
            case "input" | "button":
                self.control(tag, name, attributes)
            case "textarea":
                self.area, self.form[name] = name, ["textarea", []]
            case "select":
                kind = "select multiple" if "multiple" in attributes else "select"
                self.select = self.form[name] = [kind, []]
            case "option" if self.select and "selected" in attributes:
                self.select[1].append(attributes.get("value", ""))

    def control(self, tag, name, attributes):
        kind = attributes.get("type") or ("submit" if tag == "button" else "text")
        values = self.form.setdefault(name, [kind, []])[1]
        value = attributes.get("value", "")
        if name == "csrfmiddlewaretoken":
            self.token = value
        elif kind in ("checkbox", "radio"):
            values += [value or "on"] if "checked" in attributes else []
        elif kind not in ("submit", "password") and value:
            values.append(value)

    def look(self, tag, attributes):
        """Where errors and messages stand."""
        classes, ident = (attributes.get("class") or "").split(), attributes.get("id") or ""
        if self.place is None:
            if error := re.fullmatch(r"id_(\w+)_error", ident):
                self.place = (self.depth, error[1])
            elif {"nonfield", "messagelist", "errornote", "notice"} & set(classes):
                self.place = (self.depth, None)
        if self.place is not None:
            if tag in ("li", "p"):
                self.text = ""
            elif tag == "a" and ident == "" and self.place[1] is None and attributes.get("href", "").startswith("#id_"):
                self.text = None  # repeats what stands beside the field

    def handle_endtag(self, tag):
        if tag in ("li", "p") and self.text is not None:
            said = " ".join(self.text.split()).removeprefix("Error: ")
            if said and said not in self.EMPTY:
                found = self.says if self.place[1] is None else self.errors.setdefault(self.place[1], [])
                found.append(said)
            self.text = None
        if self.place is not None and self.depth == self.place[0]:
            self.place = None
        if tag not in self.VOID:
            self.depth -= 1
        match tag:
            case "form":
                self.form = None
            case "select":
                self.select = None
            case "textarea":
                self.area = None

    def handle_data(self, data):
        if self.text is not None:
            self.text += data
        if self.area is not None and data.strip():
            self.form[self.area][1].append(data.strip())

    def facts(self, hide):
        """A form without any field but the token, as that for logging out at the top of a page, is the frame's."""
        facts = {}
        for form in self.forms:
            if form.keys() <= {"csrfmiddlewaretoken"}:
                continue
            for name, (kind, values) in form.items():
                facts[f"field {name}"] = kind
                if values:
                    facts[f"value {name}"] = [hide(mask(value)) for value in values]
        facts |= {f"error {name}": texts for name, texts in sorted(self.errors.items())}
        return facts | ({"says": self.says} if self.says else {})


def mask(text):
    for pattern, name in TIMES:
        text = re.sub(pattern, name, text)
    return text
