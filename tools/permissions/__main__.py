"""Judges what was recorded, writes the report, and fails on any problem."""

import subprocess
import sys
from pathlib import Path

from tools.deployment import TEMPLATE
from tools.permissions.audit import audit
from tools.permissions.recorded import FOLDER, read
from tools.permissions.report import OUTPUT, write
from tools.render import rendered


def main(template: Path = TEMPLATE, recordings: Path = FOLDER, report: Path = OUTPUT) -> int:
    try:
        found = audit(rendered(template), read(recordings))
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(getattr(error, "stderr", None) or error, file=sys.stderr)
        return 2
    write(found, report)
    for problem in found.problems:
        print(problem)
    print(f"permissions: {found.summary} ({report})")
    return int(bool(found.problems))


if __name__ == "__main__":
    sys.exit(main())
