"""Argon2id with the parameters that Vestibule has by default."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class VestibuleArgon2(Argon2PasswordHasher):
    memory_cost = 19456
    time_cost = 2
    parallelism = 1
