"""Five failures lock, on pages and for programs."""

from people import PASSWORD

from .visitor import Visitor

finn = Visitor("finn")
finn.get("lock: page", "/login/")
for turn in range(1, 5):
    finn.form(f"lock: failure {turn}", "/login/", {"username": "finn", "password": "wrong"})
finn.form("lock: failure 5 locks", "/login/", {"username": "finn", "password": "wrong"})
finn.get("lock: page while locked", "/login/")
finn.form("lock: right password while locked", "/login/", {"username": "finn", "password": PASSWORD})
finn.form("lock: by a script", "/login/", {"username": "finn", "password": PASSWORD},
          headers={"X-Requested-With": "XMLHttpRequest"})
finn.form("lock: nothing typed while locked", "/login/", {"username": "finn", "password": ""})
finn.get("lock: admin's page while locked", "/admin/login/")
finn.form("lock: at the admin", "/admin/login/", {"username": "finn", "password": PASSWORD})
finn.json("lock: at the API", "/api/auth/login/", {"username": "finn", "password": PASSWORD})
finn.form("lock: others get in", "/login/", {"username": "ann", "password": PASSWORD})
finn.get("lock: dashboard of others", "/dashboard/")
finn.form("lock: in, and asks for the one that is locked", "/login/", {"username": "finn", "password": PASSWORD})

program = Visitor("program of gus")
for turn in range(1, 6):
    program.json(f"lock: API, failure {turn}", "/api/auth/login/", {"username": "gus", "password": "wrong"})
program.json("lock: API, right password", "/api/auth/login/", {"username": "gus", "password": PASSWORD})
gus = Visitor("gus")
gus.get("lock: page for gus", "/login/")
gus.form("lock: of the API holds for pages", "/login/", {"username": "gus", "password": PASSWORD})
