"""Session cookies of every kind. The rows are those of ../people.py."""

from people import SESSIONS

from .visitor import Visitor

KEYS = {
    **{f"{wrong or 'good'} of {name}": key for key, (name, wrong) in SESSIONS.items()},
    "unknown": "unknown0000000000000000000000000",
    "of seven letters": "seven00",
    "of eight letters": "eight000",
    "empty": "",
    "too long": "l" * 64,
    "odd letters": "<script>'--%00",
    "quoted": '"good00000000000000000000000000ok"',
}
for name, key in KEYS.items():
    visitor = Visitor(f"session {name}")
    visitor.get(f"session {name}: dashboard", "/dashboard/", cookies={"sessionid": key})
    visitor.get(f"session {name}: page to log in", "/login/")
    visitor.get(f"session {name}: dashboard again", "/dashboard/")
Visitor("two sessions").get("session: two cookies", "/dashboard/",
                            headers={"Cookie": "sessionid=unknown0; sessionid=good00000000000000000000000000ok"})
fixed = Visitor("fixed session")
fixed.get("session: page with a key that somebody else chose", "/login/",
          cookies={"sessionid": "chosen00000000000000000000000000"})
fixed.form("session: log-in with that key", "/login/", {"username": "ann", "password": "Meadow-27-lantern"})
