"""Makes the tables in an empty database, and the rows with which a transcript begins.

The database, the secret key and so on come from the environment: see ../../django/site/settings.py.
"""

import datetime
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "transcript_settings"
django.setup()

from django.contrib.auth.models import Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from people import PASSWORD, PEOPLE, SESSIONS

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
JOINED = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.timezone.utc)


def people():
    for name, (flags, codenames) in PEOPLE.items():
        user = User(username=name, email=f"{name}@example.org", date_joined=JOINED, **flags)
        user.set_password(PASSWORD)
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


def sessions():
    for key, (name, wrong) in SESSIONS.items():
        store = SessionStore(key)
        values = {"kept": 1}
        if name is not None:
            user = User.objects.get(username=name)
            values["_auth_user_id"] = str(user.pk)
            values["_auth_user_backend"] = "gone.Backend" if wrong == "backend" else MODEL_BACKEND
            values["_auth_user_hash"] = "0" * 64 if wrong == "hash" else user.get_session_auth_hash()
        data = store.encode(values)
        if wrong == "signature":
            data = data[:-10] + ("A" if data[-10] != "A" else "B") + data[-9:]
        age = datetime.timedelta(days=-1 if wrong == "expired" else 7)
        Session.objects.create(session_key=key, session_data=data, expire_date=timezone.now() + age)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # posts, which refer to what is there by now
    people()
    sessions()
