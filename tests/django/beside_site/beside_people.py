"""Migrates, and makes people who have one password: `python beside_people.py PASSWORD NAME...`

A name that ends with * is a superuser's. The database and so on come from the environment: see beside_settings.py.
"""

import os
import sys
from pathlib import Path

import django

sys.path[:0] = [str(Path(__file__).parents[1] / site) for site in ("site", "api_site", "beside_site")]
os.environ["DJANGO_SETTINGS_MODULE"] = "beside_settings"
django.setup()

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import call_command


def main(password, *names):
    call_command("migrate", verbosity=0)
    encoded = make_password(password)
    for name in names:
        rank = {"is_staff": name.endswith("*"), "is_superuser": name.endswith("*")}
        name = name.rstrip("*")
        get_user_model().objects.create(username=name, email=f"{name}@example.org", password=encoded, **rank)


if __name__ == "__main__":
    main(*sys.argv[1:])
