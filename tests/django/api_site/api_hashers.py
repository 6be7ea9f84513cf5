"""The first of CHEAP_HASHERS in tests/it/support/mod.rs."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class CheapArgon2(Argon2PasswordHasher):
    memory_cost = 8
    time_cost = 1
    parallelism = 1
