"""Drives an admin as a Django user's script would. `python drive_admin.py BASE_URL USER PASSWORD` or `--steps`

Prints one JSON line per step: {"step", "status", "location", "facts"}, the same for two sites that behave alike; see
admin/facts.py for what the facts leave out. Exits with 1 if a step could not be done at all: then its facts hold
"error". The site's database holds the rows of admin_rows.py and nothing else; USER is its superuser "root", and the
others have the same password. A drive changes the rows: seed anew before the next.

Wrong passwords are given twice in all, fewer than lock anybody out by axes' defaults.
"""

import json
import sys
from urllib.parse import urlsplit

sys.dont_write_bytecode = True  # the tree stays as it was

import admin.users  # the steps in their order
import admin.others
from admin.drive import STEPS, Drive


def main(arguments):
    if arguments == ["--steps"]:
        print(*STEPS, sep="\n")
        return 0
    if len(arguments) != 3 or urlsplit(arguments[0]).scheme not in ("http", "https"):
        print(__doc__, file=sys.stderr)
        return 2
    drive, failed = Drive(arguments[0].rstrip("/"), *arguments[1:]), False
    for name in STEPS:
        line = drive.run(name)
        failed |= "error" in line["facts"]
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
