"""Fills databases with the same users and live sessions: seed.py ROWS KEYS_FILE KEYS DATABASE...

The databases have their tables already. KEYS session keys, spread over all, go to KEYS_FILE in random order, each with
its user's name and access token. The password's hash comes in BENCH_PASSWORD_HASH.
"""

import datetime
import hashlib
import hmac
import json
import os
import random
import sqlite3
import string
import sys
import time
import zlib

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from api import with_claims
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.signing import b62_encode, b64_encode
from rest_framework_simplejwt.tokens import AccessToken

BATCH = 50_000
LETTERS = string.ascii_lowercase + string.digits
BACKEND = "django.contrib.auth.backends.ModelBackend"


def username(number):
    return f"user{number:07}"


class Signer:
    """django.core.signing.dumps(…, compress=True) with what is the same for every session computed once."""

    def __init__(self, password_hash):
        self.auth_hash = User(password=password_hash).get_session_auth_hash()
        self.stamp = b62_encode(int(time.time()))
        key = hashlib.sha256((SessionStore().key_salt + "signer" + settings.SECRET_KEY).encode()).digest()
        self.hmac = hmac.new(key, digestmod=hashlib.sha256)
        self.check()

    def session(self, number):
        return {"_auth_user_id": str(number), "_auth_user_backend": BACKEND, "_auth_user_hash": self.auth_hash}

    def sign(self, number):
        data = json.dumps(self.session(number), separators=(",", ":")).encode("latin-1")
        compressed = zlib.compress(data)
        text = "." + b64_encode(compressed).decode() if len(compressed) < len(data) - 1 else b64_encode(data).decode()
        stamped = f"{text}:{self.stamp}"
        signature = self.hmac.copy()
        signature.update(stamped.encode())
        return f"{stamped}:{b64_encode(signature.digest()).decode()}"

    def check(self):
        """Django must read what was signed here, and write as much."""
        for number in (1, 999_999):
            signed = self.sign(number)
            theirs = SessionStore().encode(self.session(number))
            if SessionStore().decode(signed) != self.session(number) or len(theirs) != len(signed):
                sys.exit("Django does not read the sessions that are signed here")


def email(number):
    return f"{username(number)}@example.org"


def is_chief(number):
    """Somebody administers the site, else Vestibule offers its set-up link."""
    return number == 1


def access_token(number):
    """As simplejwt makes it at a log-in, but good for a day, so that no run outlives it."""
    user = User(id=number, username=username(number), email=email(number), is_staff=is_chief(number))
    token = with_claims(AccessToken.for_user(user), user)
    token.set_exp(lifetime=datetime.timedelta(days=1))
    return token


def rows(signer, count, password_hash):
    """Batches of (users, sessions, what Vestibule notes of each session at its first visit)."""
    dice = random.Random()
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    expires = str(now + datetime.timedelta(days=14))
    now = str(now)
    for start in range(1, count + 1, BATCH):
        users, sessions, notes = [], [], []
        for number in range(start, min(start + BATCH, count + 1)):
            name, key = username(number), "".join(dice.choices(LETTERS, k=32))
            chief = is_chief(number)
            users.append((number, password_hash, now, chief, name, "", email(number), chief, True, now, ""))
            sessions.append((key, signer.sign(number), expires))
            notes.append((key, "".join(dice.choices(LETTERS, k=32)), number, now, now, "127.0.0.1", ""))
        yield users, sessions, notes


def open_for_filling(path):
    database = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "BEGIN"):
        database.execute(statement)
    has_notes = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'vestibule_session'").fetchone()
    return database, bool(has_notes)


def main(count, keys_file, wanted, paths):
    password_hash = os.environ["BENCH_PASSWORD_HASH"]
    databases, keys = [open_for_filling(path) for path in paths], []
    users_sql = f"""INSERT INTO auth_user (id, password, last_login, is_superuser, username, last_name, email, is_staff,
        is_active, date_joined, first_name) VALUES ({",".join("?" * 11)})"""
    notes_sql = f"""INSERT INTO vestibule_session (session_key, public_id, user_id, created_at, last_seen_at,
        ip_address, user_agent) VALUES ({",".join("?" * 7)})"""
    for users, sessions, notes in rows(Signer(password_hash), count, password_hash):
        keys += [(key, user) for key, _, user, *_ in notes]
        for database, has_notes in databases:
            database.executemany(users_sql, users)
            database.executemany(
                "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)", sessions
            )
            if has_notes:
                database.executemany(notes_sql, notes)
    for database, _ in databases:
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
        database.close()
    with open(keys_file, "w") as file:
        for key, number in random.sample(keys, min(wanted, len(keys))):
            print(key, username(number), access_token(number), file=file)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:])
