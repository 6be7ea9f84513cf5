"""What is asked, in its order: every part adds its requests to REQUESTS when it is imported."""

from .visitor import REQUESTS
from . import login, logout, protected, sessions, password_change, password_reset
from . import admin, tokens, profile, posts, https, lockout

__all__ = ["REQUESTS"]
