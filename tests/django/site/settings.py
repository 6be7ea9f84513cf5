"""A plain Django. All that varies from test to test comes from the environment:

VESTIBULE_TEST_DATABASE_URL          sqlite:///absolute/path or postgres://user[:password]@host:port/name
VESTIBULE_TEST_SECRET_KEY            the key
VESTIBULE_TEST_SECRET_KEY_FALLBACKS  older keys, comma between (default: none)
VESTIBULE_TEST_BACKENDS              dotted paths, comma between (default: ModelBackend)
VESTIBULE_TEST_HASHERS               dotted paths, comma between, the preferred one first
                                     (default: Django's five, then bcrypt and md5)
VESTIBULE_TEST_TIME_ZONE             an IANA name (default: UTC)
VESTIBULE_TEST_AXES                  a JSON object of AXES_* settings, such as {"AXES_FAILURE_LIMIT": 5,
                                     "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]], "AXES_COOLOFF_TIME": 1};
                                     a number for AXES_COOLOFF_TIME is hours (default: none, all as axes has it)
"""

import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


def env_list(name, default=()):
    text = os.environ.get(name, "")
    return [item.strip() for item in text.split(",") if item.strip()] or list(default)


def database(url):
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "OPTIONS": {"transaction_mode": "IMMEDIATE"},
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
        }
    raise ValueError(f"neither sqlite:// nor postgres://: {url}")


def axes(text):
    values = json.loads(text)
    foreign = [name for name in values if not name.startswith("AXES_")]
    if foreign:
        raise ValueError(f"VESTIBULE_TEST_AXES: no settings of axes: {', '.join(foreign)}")
    return values


DATABASES = {"default": database(os.environ["VESTIBULE_TEST_DATABASE_URL"])}
SECRET_KEY = os.environ["VESTIBULE_TEST_SECRET_KEY"]
SECRET_KEY_FALLBACKS = env_list("VESTIBULE_TEST_SECRET_KEY_FALLBACKS")
AUTHENTICATION_BACKENDS = env_list(
    "VESTIBULE_TEST_BACKENDS", ["django.contrib.auth.backends.ModelBackend"]
)
PASSWORD_HASHERS = env_list(
    "VESTIBULE_TEST_HASHERS",
    [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.BCryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ],
)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = os.environ.get("VESTIBULE_TEST_TIME_ZONE") or "UTC"

# What startproject writes, and the default since Django 6.0. Each app here names the key type of its own models, so
# this decides only django_migrations and auth's many-to-many tables: bigint on PostgreSQL. SQLite knows no difference.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

globals().update(axes(os.environ.get("VESTIBULE_TEST_AXES") or "{}"))

# Which backends there are is the test's choice; axes need not warn that its own is missing.
SILENCED_SYSTEM_CHECKS = ["axes.W003"]

# Faults go to standard error: a test that fails should show the traceback.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
