"""Judges what was recorded, writes the report, and fails on any problem."""

import subprocess
import sys

from tools.permissions.audit import audit
from tools.permissions.recorded import read
from tools.permissions.report import OUTPUT, write
from tools.render import rendered


def main() -> int:
    try:
        found = audit(rendered(), read())
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(getattr(error, "stderr", None) or error, file=sys.stderr)
        return 2
    write(found)
    for problem in found.problems:
        print(problem)
    print(f"permissions: {found.summary} ({OUTPUT})")
    return int(bool(found.problems))


if __name__ == "__main__":
    sys.exit(main())
