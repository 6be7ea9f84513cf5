"""The plain Django of ../site with the API of DRF and simplejwt. Besides what the other one reads from the environment:

VESTIBULE_TEST_SIMPLE_JWT  a JSON object over the settings below; times in seconds, such as {"LEEWAY": 5}
"""

import json
import os
from datetime import timedelta

from settings import *  # noqa: F403

ROOT_URLCONF = "api_urls"

# What our tests hash with, so that neither program rehashes for the other and nothing takes time.
PASSWORD_HASHERS = env_list(  # noqa: F405
    "VESTIBULE_TEST_HASHERS", ["api_hashers.CheapArgon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

TIMES = ("ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME", "LEEWAY")


def simple_jwt(text):
    return {name: timedelta(seconds=value) if name in TIMES else value for name, value in json.loads(text).items()}


SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "ALGORITHM": "HS256",
    "AUTH_HEADER_TYPES": ("Bearer",),
    "TOKEN_OBTAIN_SERIALIZER": "api_views.PairWithClaims",
    **simple_jwt(os.environ.get("VESTIBULE_TEST_SIMPLE_JWT") or "{}"),
}
