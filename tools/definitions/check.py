"""Checks every definition against the rules of `tools.definitions.rules`.

python -m tools.definitions.check
"""

import sys
from pathlib import Path

from tools.definitions.reading import FOLDER, definitions
from tools.definitions.rules import RULES, problems
from tools.definitions.subject import subjects
from tools.deployment import TEMPLATE, read_template


def main(folder: Path = FOLDER, template: Path = TEMPLATE) -> int:
    checked = subjects(definitions(folder), read_template(template))
    found = [problem for subject in checked for problem in problems(subject)]
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    sys.stdout.write(f"definitions: {len(checked)} checked against {len(RULES)} rules, {len(found)} problems\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
