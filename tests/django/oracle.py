"""Asks a real Django. `python oracle.py COMMAND [ARGUMENTS]` prints one JSON value.

The database, the secret key and so on come from the environment: see site/settings.py.
Everything but the answer (warnings, tracebacks) goes to standard error.
"""

import contextlib
import datetime
import glob
import io
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parent / "site"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_credentials
from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth import get_user, get_user_model, hashers, login
from django.contrib.auth.models import Permission
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.middleware import csrf
from django.test import Client, RequestFactory, override_settings
from django.utils.http import url_has_allowed_host_and_scheme

User = get_user_model()
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
LOGIN = "/accounts/login/"
AXES_ADMIN = ("accessattempt", "accesslog", "accessfailurelog")
NOT_DJANGOS = ("vestibule_", "__diesel", "sqlite_")


# Migrations and schema


def migrate():
    call_command("migrate", verbosity=0)


def plan():
    """The migrations that `migrate` would still run, as "app.name"."""
    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes()
    return [str(migration) for migration, _ in executor.migration_plan(targets)]


def makemigrations_check():
    """True when no model differs from its migrations. What differs is told on standard error."""
    try:
        call_command("makemigrations", check_changes=True, dry_run=True)
    except SystemExit:
        return False
    return True


def schema():
    return {"sqlite": sqlite_schema, "postgresql": postgres_schema}[connection.vendor]()


def sqlite_schema():
    """[type, name, table, sql] of everything that belongs to Django's tables; `sql` is null for automatic indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
        rows = [list(row) for row in cursor if not (row[1].startswith(NOT_DJANGOS[:2]) or row[2].startswith(NOT_DJANGOS))]
    return sorted(rows, key=lambda row: row[:3])


def postgres_schema():
    """The lines of pg_dump about Django's tables, without its comments, settings and blank lines."""
    conn = connection.get_connection_params()
    where = {"--host": conn.get("host"), "--port": conn.get("port"), "--username": conn.get("user")}
    command = [pg_dump(), "--schema-only", "--no-owner", "--no-privileges", "--table=public.*"]
    command += [f"--exclude-table=public.{prefix}*" for prefix in NOT_DJANGOS]
    command += [f"{option}={value}" for option, value in where.items() if value]
    password = {"PGPASSWORD": conn["password"]} if conn.get("password") else {}
    dump = subprocess.run(
        [*command, conn["dbname"]], env=os.environ | password, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    noise = ("CREATE INDEX vestibule_", "--", "SET ", "SELECT pg_catalog.set_config", "\\restrict", "\\unrestrict")
    return [line for line in dump.splitlines() if line.strip() and not line.startswith(noise)]


def pg_dump():
    """Debian's newest, which may be newer than the one on PATH and so fits every server."""
    newest = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_dump"), key=lambda path: int(path.split("/")[4]))
    return newest[-1] if newest else shutil.which("pg_dump") or "pg_dump"


def diffsettings():
    """What `manage.py diffsettings --all` prints."""
    return call_command("diffsettings", all=True, stdout=io.StringIO())


# Users, permissions, passwords


def create_user(name, email, password, *flags):
    make = User.objects.create_superuser if "--superuser" in flags else User.objects.create_user
    return make(name, email, password).pk


def users():
    """Every column of every user, and the names of his groups and permissions."""
    return [
        {
            **columns(user),
            "groups": sorted(user.groups.values_list("name", flat=True)),
            "user_permissions": [permission[2] for permission in permission_rows(user.user_permissions.all())],
        }
        for user in User.objects.order_by("pk")
    ]


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def permissions():
    return permission_rows(Permission.objects.all())


def permission_rows(queryset):
    rows = queryset.values_list("content_type__app_label", "content_type__model", "codename", "name")
    return sorted(map(list, rows))


def has_perms(name, *permissions):
    """Which of the permissions the user has."""
    user = User.objects.get_by_natural_key(name)
    return [permission for permission in permissions if user.has_perm(permission)]


def check_password(encoded, password):
    ok, must_update = hashers.verify_password(password, encoded)
    return {"ok": ok, "must_update": must_update}


def make_password(password, algorithm):
    """Any of Django's algorithms, whether or not PASSWORD_HASHERS lists it."""
    known = {
        cls.algorithm: cls
        for cls in vars(hashers).values()
        if isinstance(cls, type) and issubclass(cls, hashers.BasePasswordHasher)
    }
    hasher = known[algorithm]()
    return hasher.encode(password, hasher.salt())


def validate_passwords(validators, cases):
    """[code, message] of every objection, for each [attributes of a user, password]. `validators` is the setting."""
    validators = get_password_validators(json.loads(validators))
    return [objections(password, User(**attributes), validators) for attributes, password in json.loads(cases)]


def objections(password, user, validators):
    try:
        validate_password(password, user, validators)
    except ValidationError as error:
        return [[objection.code, *objection.messages] for objection in error.error_list]
    return []


def characters():
    """Of each character that Python knows: its code, whether it is a digit, whether `\\W+` splits at it."""
    known = (chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs"))
    return [[ord(c), c.isdigit(), re.search(r"\W", c.lower()) is not None] for c in known]


# Reset tokens


def make_reset_tokens(username, *moments):
    """One for each moment, in seconds since 1970; the settings' TIME_ZONE says what the clock on the wall shows then."""
    user = User.objects.get_by_natural_key(username)
    return [reset_tokens_at(float(moment)).make_token(user) for moment in moments]


def reset_tokens_at(moment):
    generator = PasswordResetTokenGenerator()
    generator._now = lambda: datetime.datetime.fromtimestamp(moment)
    return generator


def make_reset_token(username):
    return PasswordResetTokenGenerator().make_token(User.objects.get_by_natural_key(username))


def check_reset_token(username, *tokens):
    """Which of the tokens open now."""
    user = User.objects.get_by_natural_key(username)
    return [PasswordResetTokenGenerator().check_token(user, token) for token in tokens]


def use_reset_link(path, password):
    """Opens a link as a browser does and sends the form behind it."""
    client = Client()
    page = client.get(path, follow=True)
    form = page.redirect_chain[-1][0] if page.redirect_chain else path
    answer = client.post(form, {"new_password1": password, "new_password2": password})
    return {"status": answer.status_code, "location": answer.headers.get("Location")}


# Sessions


def existing_session(key):
    """The session, loaded; None when there is none or it has expired."""
    session = SessionStore(key)
    session.items()
    return session if session.session_key else None


def read_session(key):
    """The data and the user Django finds in it. Changes nothing, though `get_user` flushes a session it refuses."""
    with transaction.atomic():
        session = existing_session(key)
        if session is None:
            return None
        data = dict(session.items())
        request = RequestFactory().get("/")
        request.session = session
        user = get_user(request)
        transaction.set_rollback(True)
    return {"data": data, "user": user.get_username() if user.is_authenticated else None}


def make_session(username, extra="{}", backend=None):
    """Logs the user in as a login view would; the answer is the session's key."""
    configured = settings.AUTHENTICATION_BACKENDS
    backend = backend or (MODEL_BACKEND if MODEL_BACKEND in configured else configured[-1])
    request = RequestFactory().get("/")
    request.session = SessionStore()
    login(request, User.objects.get_by_natural_key(username), backend)
    request.session.update(json.loads(extra))
    request.session.save()
    return request.session.session_key


def set_session(key, values):
    """Merges these keys into a session that exists."""
    session = existing_session(key)
    if session is None:
        sys.exit(f"no live session has the key {key}")
    session.update(json.loads(values))
    session.save()


def delete_session(key):
    SessionStore().delete(key)


def session_encode(data):
    return SessionStore().encode(json.loads(data))


def session_decode(text):
    return SessionStore().decode(text)


# Requests


def safe_next(url, host, secure):
    return url_has_allowed_host_and_scheme(url, allowed_hosts={host}, require_https=truth(secure))


def truth(text):
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


def csrf_mask(secret):
    return csrf._mask_cipher_secret(secret)


def csrf_match(token, secret):
    try:
        csrf._check_token_format(token)
    except csrf.InvalidTokenFormat:
        return False
    return csrf._does_token_match(token, secret)


def get(path, cookie_header=""):
    """Fetches a page through the whole of Django, middleware included."""
    answer = {}

    def start_response(status, headers):
        answer["status"] = int(status.split()[0])
        answer["location"] = dict(headers).get("Location")
        answer["set_cookie"] = [value.strip() for name, value in headers if name == "Set-Cookie"]

    environ = RequestFactory().get(path, HTTP_COOKIE=cookie_header).environ
    response = get_wsgi_application()(environ, start_response)
    answer["body"] = b"".join(response).decode()
    response.close()
    return answer


def post_login(username, password, ip="", user_agent="", accept=""):
    """Posts Django's log-in form through the whole of Django, middleware included, though without a CSRF token."""
    response = Client(**visitor(ip, user_agent, accept)).post(LOGIN, {"username": username, "password": password})
    return {
        "status": response.status_code,
        "location": response.headers.get("Location"),
        "body": response.content.decode(),
    }


def visitor(ip="", user_agent="", accept=""):
    """What a request says of who sends it. Django's test client comes from 127.0.0.1 and names no browser."""
    given = {"REMOTE_ADDR": ip, "HTTP_USER_AGENT": user_agent, "HTTP_ACCEPT": accept}
    return {name: value for name, value in given.items() if value}


# Axes


def axes_rows(model):
    """The command that tells every column of every row, the oldest row first."""
    return lambda: [columns(row) for row in model.objects.order_by("pk")]


def axes_command(name, *arguments):
    """What one of axes' management commands writes to its standard output."""
    written = io.StringIO()
    call_command(name, *arguments, stdout=written)
    return written.getvalue()


def axes_is_locked(username, ip, user_agent=""):
    """Whether axes would refuse this visitor's log-in, whatever the password. Records nothing."""
    request = RequestFactory(**visitor(ip, user_agent)).post(LOGIN)
    return not AxesProxyHandler.is_allowed(request, get_credentials(username))


def axes_admin():
    """Axes' three pages in the admin, as the first superuser sees them. Leaves no trace: nothing logged, nobody in."""
    client = Client()
    with transaction.atomic():
        with override_settings(AXES_ENABLED=False):
            client.force_login(User.objects.filter(is_superuser=True).earliest("pk"))
        pages = {name: client.get(f"/admin/axes/{name}/") for name in AXES_ADMIN}
        transaction.set_rollback(True)
    return {name: {"status": page.status_code, "body": page.content.decode()} for name, page in pages.items()}


COMMANDS = {
    "migrate": migrate,
    "plan": plan,
    "makemigrations-check": makemigrations_check,
    "schema": schema,
    "diffsettings": diffsettings,
    "create-user": create_user,
    "users": users,
    "permissions": permissions,
    "has-perms": has_perms,
    "check-password": check_password,
    "make-password": make_password,
    "validate-passwords": validate_passwords,
    "characters": characters,
    "make-reset-token": make_reset_token,
    "make-reset-tokens": make_reset_tokens,
    "check-reset-token": check_reset_token,
    "use-reset-link": use_reset_link,
    "read-session": read_session,
    "make-session": make_session,
    "set-session": set_session,
    "delete-session": delete_session,
    "session-encode": session_encode,
    "session-decode": session_decode,
    "safe-next": safe_next,
    "csrf-mask": csrf_mask,
    "csrf-match": csrf_match,
    "get": get,
    "login": post_login,
    "axes-attempts": axes_rows(AccessAttempt),
    "axes-expirations": axes_rows(AccessAttemptExpiration),
    "axes-logs": axes_rows(AccessLog),
    "axes-failure-logs": axes_rows(AccessFailureLog),
    "axes-command": axes_command,
    "axes-is-locked": axes_is_locked,
    "axes-admin": axes_admin,
}


def as_json(value):
    """What JSON has no word for: times, in ISO 8601 with all their microseconds."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"cannot be written as JSON: {value!r}")


def main(arguments):
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit("usage: oracle.py COMMAND [ARGUMENTS]\ncommands: " + ", ".join(COMMANDS))
    command, *rest = arguments
    with contextlib.redirect_stdout(sys.stderr):
        value = COMMANDS[command](*rest)
    print(json.dumps(value, default=as_json))


if __name__ == "__main__":
    main(sys.argv[1:])
