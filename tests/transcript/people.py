"""Who is there when a transcript begins. The scenario names them; site/seed.py makes them, with their numbers.

Everybody has PASSWORD. Failed log-ins count by the name, so each part of the scenario that fails has people of its own.
"""

# Of a test site, and of nothing else: player.py signs tokens with it.
SECRET_KEY = "the-secret-key-of-the-golden-transcript-which-opens-nothing-else"
PASSWORD = "Meadow-27-lantern"

# name: flags, and codenames of permissions
PEOPLE = {
    "root": ({"is_staff": True, "is_superuser": True}, []),
    "ann": ({}, []),
    "bob": ({}, []),
    "gone": ({"is_active": False}, []),
    "cleo": ({}, []),  # fails to log in, as do the next two
    "hana": ({}, []),
    "ivo": ({}, []),
    "dorothea": ({}, []),  # changes her password
    "emilian": ({}, []),  # forgets his
    "finn": ({}, []),  # is locked out of the pages
    "gus": ({}, []),  # and he of the API
    "vera": ({"is_staff": True}, ["view_user"]),
    "stan": ({"is_staff": True}, []),
    "kurt": ({}, []),  # to be changed and deleted in the admin
    "idle": ({}, []),  # becomes inactive on the way
    "passing": ({}, []),  # is deleted on the way
}
NUMBERS = {name: number for number, name in enumerate(PEOPLE, 1)}

# session_key: whose it is, and what is wrong with it
SESSIONS = {
    "good00000000000000000000000000ok": ("ann", None),
    "expired0000000000000000000000000": ("ann", "expired"),
    "oldpassword000000000000000000000": ("ann", "hash"),
    "inactive000000000000000000000000": ("gone", None),
    "otherbackend00000000000000000000": ("ann", "backend"),
    "damaged0000000000000000000000000": ("ann", "signature"),
    "nobody00000000000000000000000000": (None, None),
}
