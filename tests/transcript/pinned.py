"""The pinned Django: a database seeded by it, and its site, serving."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from people import SECRET_KEY

HERE = Path(__file__).parent
DJANGO = HERE.parent / "django"
PYTHON = HERE.parent.parent / "target/tests/venv/bin/python"


def python(script, database, mail=""):
    """A script, run by the Python of ../django/requirements.txt; `tests/run` installs it."""
    paths = [HERE / "site", HERE, DJANGO / "api_site", DJANGO / "site"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VESTIBULE_TEST_", "DJANGO_"))}
    environment = kept | {
        "DJANGO_SETTINGS_MODULE": "transcript_settings",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "TRANSCRIPT_MAIL": str(mail),
        "VESTIBULE_TEST_DATABASE_URL": database,
        "VESTIBULE_TEST_SECRET_KEY": SECRET_KEY,
    }
    return [os.environ.get("VESTIBULE_TEST_PYTHON") or PYTHON, script], environment


def seed(database):
    """Makes the tables in an empty database, and the rows with which a transcript begins."""
    command, environment = python(HERE / "site/seed.py", database)
    subprocess.run(command, env=environment, check=True)


@contextmanager
def serving(database, mail):
    """The address of its site."""
    command, environment = python(DJANGO / "serve.py", database, mail)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()
