"""The Django of ../api_site as it serves a host together with Vestibule, behind a proxy. Besides what the others read from
the environment:

VESTIBULE_TEST_MAIL  the folder into which letters are written, one file each
"""

from api_settings import *  # noqa: F403

ROOT_URLCONF = "beside_urls"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_REDIRECT_URL = "/whoami/"
LOGOUT_REDIRECT_URL = "/whoami/"
# Shorter than most zones are away from UTC, so that a link is too old for who counts in another.
PASSWORD_RESET_TIMEOUT = 3600

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["VESTIBULE_TEST_MAIL"]  # noqa: F405

# Equal to Vestibule's defaults, so that both count together.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "beside_views.client_ip"
