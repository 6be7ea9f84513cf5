"""A Django that does what Vestibule's dashboard, log-in and API do. BENCH_DATABASE, BENCH_SECRET_KEY; BENCH_DJANGO says
whether it is as `startproject` leaves it or tuned: one connection kept, no messages, no translations. BENCH_API says
whether it has the API, which costs memory that those who only serve pages would not spend."""

import os
from datetime import timedelta
from pathlib import Path

SECRET_KEY = os.environ["BENCH_SECRET_KEY"]
DEBUG = False
TUNED = os.environ["BENCH_DJANGO"] == "tuned"
API = os.environ["BENCH_API"] == "yes"
ALLOWED_HOSTS = ["127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *([] if TUNED else ["django.contrib.messages"]),
    *(["rest_framework", "rest_framework_simplejwt.token_blacklist"] if API else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    *([] if TUNED else ["django.contrib.messages.middleware.MessageMiddleware"]),
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# The pragmas of Vestibule's src/db/connection.rs; Django itself sets foreign_keys and waits 5 s.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BENCH_DATABASE"],
        "CONN_MAX_AGE": None if TUNED else 0,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF",
        },
    }
}

# With DEBUG off Django keeps compiled templates.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                *([] if TUNED else ["django.template.context_processors.request"]),
                "django.contrib.auth.context_processors.auth",
                *([] if TUNED else ["django.contrib.messages.context_processors.messages"]),
            ]
        },
    }
]

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["hashers.VestibuleArgon2"]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
# Vestibule's defaults.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/dashboard/"
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = not TUNED
