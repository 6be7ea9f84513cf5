"""The rows that drive_admin.py expects, and what it leaves behind. `python admin_rows.py seed|dump`

`seed` fills an empty, migrated database. Two sites that are to be compared get copies of one such database, so that
ids and dates are the same. Everybody who has a password has PASSWORD. `dump` prints one JSON value: what the admin
writes, without what depends on the clock and on chance; ask it of both databases after the drive.

The database, the secret key and so on come from the environment: see site/settings.py.
"""

import datetime
import json
import os
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parent / "site"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

PASSWORD = "Meadow-27-lantern"

# name, e-mail, first and last name, flags, groups, permissions
USERS = [
    ("root", "root@example.com", "Rosa", "Root", {"is_staff": True, "is_superuser": True}, [], []),
    ("viewer", "viewer@example.com", "Vera", "Viewer", {"is_staff": True}, [], ["view_user", "view_group"]),
    ("nobody", "nobody@example.com", "", "", {}, [], []),
    ("powerless", "powerless@example.com", "", "", {"is_staff": True}, [], []),
    ("adder", "adder@example.com", "", "", {"is_staff": True}, [], ["add_user", "view_user"]),
    ("groupie", "", "", "", {"is_staff": True}, [], ["change_group", "delete_group", "view_user", "delete_user"]),
    ("gone", "gone@example.com", "Gil", "Gone", {"is_active": False}, ["Editors"], []),
    ("per%cent", "50%@example.com", "Under_score", "O'Neill", {}, ["Writers"], []),
    ("ünïcode", "u@example.com", "Ünal", "Çelik", {}, ["Editors", "Writers"], ["view_accesslog"]),
    ("Zoe", "zoe@example.com", "Zoe", "Adams", {}, [], []),
]
MORE = 105  # plain users "user001"…, so that there is a second page


def at(day, hour=12, minute=0):
    """A moment of 2024; `day` is its day of the year."""
    start = datetime.datetime(2024, 1, 1, hour, minute, tzinfo=datetime.timezone.utc)
    return start + datetime.timedelta(days=day - 1)


def groups():
    for name, codenames in [("Editors", ["change_user", "view_user"]), ("Writers", []), ("empty", [])]:
        Group.objects.create(name=name).permissions.set(Permission.objects.filter(codename__in=codenames))


def users():
    for number, (name, email, first, last, flags, group_names, codenames) in enumerate(USERS, 1):
        user = User(username=name, email=email, first_name=first, last_name=last, date_joined=at(number), **flags)
        user.set_password(PASSWORD)
        user.save()
        user.groups.set(Group.objects.filter(name__in=group_names))
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    User.objects.bulk_create(
        User(username=f"user{n:03}", last_name=f"Family{n % 7}", date_joined=at(100 + n), password="!none")
        for n in range(1, MORE + 1)
    )


def access():
    """Attempts, log and failures on two days of March and one of May 2024, and one attempt of 2023."""
    for n, (day, name, path, failures) in enumerate(
        [(70, "alice", "/admin/login/", 1), (71, "bob", "/accounts/login/", 3), (130, "carol", "/admin/login/", 7),
         (-100, "dave", "/accounts/login/", 2)], 1
    ):
        common = {"username": name, "ip_address": f"192.0.2.{n}", "user_agent": f"agent {n}", "http_accept": "*/*",
                  "path_info": path}
        attempt = AccessAttempt.objects.create(
            get_data="", post_data=f"username={name}", failures_since_start=failures, **common)
        failure = AccessFailureLog.objects.create(locked_out=failures > 2, **common)
        log = AccessLog.objects.create(logout_time=at(day, 13) if n % 2 else None, **common)
        for row in (attempt, failure, log):
            type(row).objects.filter(pk=row.pk).update(attempt_time=at(day))


def tokens():
    """Five outstanding tokens, the last of nobody; the first and third are blacklisted."""
    owners = [*User.objects.filter(username__in=["Zoe", "gone", "per%cent", "root"]).order_by("pk"), None]
    made = [
        OutstandingToken.objects.create(
            user=owner, jti=f"{n:032x}", token=f"header.payload{n}.signature", created_at=at(200 + n),
            expires_at=at(214 + n))
        for n, owner in enumerate(owners, 1)
    ]
    for token in (made[0], made[2]):
        row = BlacklistedToken.objects.create(token=token)
        BlacklistedToken.objects.filter(pk=row.pk).update(blacklisted_at=at(210))


def seed():
    for part in (groups, users, access, tokens):
        part()


def dump():
    """What is left, by table. Log-ins leave rows with a time of their own, so rows of axes are told by their ids."""
    columns = ["pk", "username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser"]
    log = ["user__username", "content_type__model", "object_id", "object_repr", "action_flag", "change_message"]
    return {
        "users": [
            {**row, "groups": ids(User(pk=row["pk"]).groups), "permissions": ids(User(pk=row["pk"]).user_permissions)}
            for row in User.objects.order_by("pk").values(*columns)
        ],
        "groups": [[group.pk, group.name, ids(group.permissions)] for group in Group.objects.order_by("pk")],
        "attempts": ids(AccessAttempt.objects),
        "logs": ids(AccessLog.objects),
        "failures": ids(AccessFailureLog.objects),
        "outstanding": list(OutstandingToken.objects.order_by("pk").values_list("pk", "user_id")),
        "blacklisted": list(BlacklistedToken.objects.order_by("pk").values_list("pk", "token_id")),
        "log": list(LogEntry.objects.order_by("pk").values_list(*log)),
    }


def ids(queryset):
    return sorted(queryset.values_list("pk", flat=True))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["seed"]:
            seed()
        case ["dump"]:
            print(json.dumps(dump()))
        case _:
            sys.exit(__doc__)
