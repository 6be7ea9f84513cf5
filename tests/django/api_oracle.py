"""A real Django with DRF and simplejwt that answers until its standard input ends.

Each line of the input is a JSON array, a command and its arguments; each line of the output is {"answer": VALUE}
or {"error": TRACEBACK}. The database, the keys and so on come from the environment: see api_site/api_settings.py.
"""

import base64
import contextlib
import datetime
import io
import json
import os
import sys
import traceback
from pathlib import Path

import django

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "site"), str(HERE / "api_site")]
os.environ["DJANGO_SETTINGS_MODULE"] = "api_settings"
django.setup()

import jwt
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

User = get_user_model()
APPLICATION = get_wsgi_application()


def migrate():
    call_command("migrate", verbosity=0)


def create_user(name, email, password):
    return User.objects.create_user(name, email, password).pk


def request(method, path, headers, body):
    """Sends a request through the whole of Django; `headers` are pairs, and a header that comes twice is sent as
    gunicorn would hand it on. `body` is base64."""
    path, _, query = path.partition("?")
    body = base64.b64decode(body)
    environ = RequestFactory()._base_environ(
        REQUEST_METHOD=method, PATH_INFO=path, QUERY_STRING=query, CONTENT_LENGTH=str(len(body))
    )
    environ["wsgi.input"] = io.BytesIO(body)
    del environ["HTTP_COOKIE"]
    for name, value in headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ and key.startswith("HTTP_") else value
    answer = {}

    def start_response(status, headers):
        answer["status"] = int(status.split()[0])
        answer["headers"] = [[name.lower(), value] for name, value in headers]

    response = APPLICATION(environ, start_response)
    answer["body"] = b"".join(response).decode()
    response.close()
    return answer


def sign(payload, key, algorithm="HS256", headers=None):
    """A token, whatever stands in it."""
    return jwt.encode(payload, key, algorithm, headers)


def outstanding():
    """Every column of every token that was handed out, the oldest first."""
    return [columns(row) for row in OutstandingToken.objects.order_by("pk")]


def blacklisted():
    """The `jti` of every token that is taken back."""
    return list(BlacklistedToken.objects.order_by("pk").values_list("token__jti", flat=True))


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


COMMANDS = {
    "migrate": migrate,
    "create-user": create_user,
    "request": request,
    "sign": sign,
    "outstanding": outstanding,
    "blacklisted": blacklisted,
}


def answer_to(line):
    command, *arguments = json.loads(line)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return {"answer": COMMANDS[command](*arguments)}
    except Exception:
        return {"error": traceback.format_exc()}


def as_json(value):
    """What JSON has no word for: times, in ISO 8601 with all their microseconds."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"cannot be written as JSON: {value!r}")


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer_to(line), default=as_json), flush=True)
