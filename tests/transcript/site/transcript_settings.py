"""The Django of the golden transcript: that of ../../django/api_site, under Vestibule's addresses.

Its settings and those of ../vestibule.toml agree. Besides what the other sites read from the environment:

TRANSCRIPT_MAIL  the folder into which mail is written
"""

from api_settings import *  # noqa: F403

HERE = Path(__file__).parent  # noqa: F405

ROOT_URLCONF = "transcript_urls"
INSTALLED_APPS = [*INSTALLED_APPS, "posts"]  # noqa: F405
TEMPLATES[0]["DIRS"].insert(0, HERE / "templates")  # noqa: F405

LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/dashboard/"
LOGOUT_REDIRECT_URL = "/login/"

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False

# The first makes recording quick.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ.get("TRANSCRIPT_MAIL", "")  # noqa: F405

REST_FRAMEWORK |= {  # noqa: F405
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 20,
}

# The answers tell what is wrong; what Django says of it on standard error is of no use to whoever records.
LOGGING["root"]["level"] = "CRITICAL"  # noqa: F405
LOGGING["loggers"] = {"django": {"level": "CRITICAL"}, "axes": {"level": "CRITICAL"}}  # noqa: F405
