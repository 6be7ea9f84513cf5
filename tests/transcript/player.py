"""Plays requests against a site and tells what it answers: the same whether a transcript is recorded or replayed.

A request is a dict, as scenario/ makes them and django.jsonl keeps them:

name, who        what it is about; in whose browser (or program) it is sent, which keeps cookies and the form's token
method, path     as sent
headers          of one name several, in a list
form | json | body   urlencoded; JSON; a text
cookies          what is put into the browser before
mint             {placeholder: claims} of tokens that the player signs; times are seconds from now
take             {placeholder: name} of what the JSON answer has under that name
mail             that a letter comes of it; its link becomes {link}

Placeholders are {csrf}, {cookie_NAME}, {site}, {host}, and what was minted, taken or came by mail.
"""

import base64
import email
import hmac
import http.client
import json
import re
import time
import uuid
from email.policy import default
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import facts
from people import SECRET_KEY

# How long a letter may take.
PATIENCE = 30


class Player:
    def __init__(self, site, mail, key=SECRET_KEY):
        """Against the site at this address, which writes its mail into this folder."""
        self.site, self.host, self.key = site.rstrip("/"), urlsplit(site).netloc, key
        self.mail = Path(mail)
        self.read = set(self.letters())
        self.browsers, self.values = {}, {}

    def play(self, request):
        """Sends a request; the facts of its answer."""
        jar = self.browsers.setdefault(request["who"], {"cookies": {}, "csrf": ""})
        jar["cookies"] |= request.get("cookies", {})
        for name, claims in request.get("mint", {}).items():
            self.values[name] = self.sign(claims)
        now, answer, body = self.send(request, jar)
        kind = answer.headers.get_content_type()
        found = {"status": answer.status, **facts.headers(answer.headers, self.hide, now)}
        found |= facts.cookies(answer.headers, jar["cookies"], now)
        if request["method"] == "HEAD" or not body:
            pass
        elif kind == "application/json":
            found["body"] = facts.of_json(body, self.hide)
            said = json.loads(body)
            for name, key in request.get("take", {}).items():
                self.values[name] = said.get(key, "") if isinstance(said, dict) else ""
        elif kind == "text/html":
            page = facts.Page(body)
            jar["csrf"] = page.token or jar["csrf"]
            found |= page.facts(self.hide)
        else:
            found["body"] = body
        if request.get("mail"):
            found |= self.letter()
        return found

    def send(self, request, jar):
        def fill(text):
            return re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda found: self.value(found[1], jar), text)

        headers, body = {"User-Agent": "transcript", "Accept": "*/*"} | request.get("headers", {}), None
        if jar["cookies"]:
            headers.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in jar["cookies"].items()))
        if "form" in request:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            body = urlencode({name: filled(value, fill) for name, value in request["form"].items()}, doseq=True)
        elif "json" in request:
            headers.setdefault("Content-Type", "application/json")
            body = fill(json.dumps(request["json"], ensure_ascii=False))
        elif "body" in request:
            body = fill(request["body"])
        body = None if body is None else body.encode()
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.putrequest(request["method"], fill(request["path"]), skip_host=True, skip_accept_encoding=True)
        if body is not None or request["method"] in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(body or b""))
        for name, value in ({"Host": self.host} | headers).items():
            for each in value if isinstance(value, list) else [value]:
                connection.putheader(name, fill(each).encode())
        now = time.time()
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return now, answer, text

    def value(self, name, jar):
        if name == "csrf":
            return jar["csrf"]
        if name.startswith("cookie_"):
            return jar["cookies"].get(name.removeprefix("cookie_"), "")
        return {"site": self.site, "host": self.host, **self.values}.get(name, "")  # what an answer lacked is empty

    def hide(self, text):
        return text.replace(self.site, "{site}").replace(self.host, "{host}")

    def sign(self, claims):
        """A token as PyJWT makes it. `_alg` and `_key` are no claims; a claim that is null is left out."""
        now = int(time.time())
        standard = {"token_type": "access", "exp": 3600, "iat": 0, "jti": uuid.uuid4().hex}
        claims = {name: value for name, value in (standard | claims).items() if value is not None}
        algorithm, key = claims.pop("_alg", "HS256"), claims.pop("_key", self.key)
        for name in ("exp", "iat", "nbf"):
            if name in claims:
                claims[name] += now
        text = b".".join(encode(json.dumps(part, separators=(",", ":")).encode())
                         for part in ({"alg": algorithm, "typ": "JWT"}, claims))
        digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}.get(algorithm)
        signature = hmac.digest(key.encode(), text, digest) if digest else b""
        return (text + b"." + encode(signature)).decode()

    def letters(self):
        return sorted(self.mail.glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns)

    def letter(self):
        """Waits for a letter; all that came since the last one was read."""
        end = time.monotonic() + PATIENCE
        while not (new := [path for path in self.letters() if path not in self.read]):
            if time.monotonic() > end:
                return {"mail": "none"}
            time.sleep(0.05)
        self.read.update(new)
        read = [email.message_from_bytes(path.read_bytes().split(b"\n-----")[0], policy=default) for path in new]
        for letter in read:
            text = letter.get_body(("plain",)).get_content()
            if link := re.search(re.escape(self.site) + r"(\S+/reset/\S+)", text):
                self.values["link"] = link[1]
        said = [self.hide(f"to {letter['to']}: {letter['subject']}") for letter in read]
        return {"mail": said, "mail from": read[-1]["from"], "link": shape(self.values.get("link", ""))}


def shape(link):
    """A link of a letter without its token."""
    return re.sub(r"[0-9a-z]+-[0-9a-f]{32}", "<token>", link)


def filled(value, fill):
    return [fill(each) for each in value] if isinstance(value, list) else fill(value)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def read(path):
    """The lines of a transcript."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
