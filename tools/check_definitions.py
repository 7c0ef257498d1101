"""Checks every definition against the rules of `definition_rules`.

python -m tools.check_definitions
"""

import sys
from pathlib import Path

from tools.definition import FOLDER, definitions
from tools.definition_rules import RULES, problems
from tools.definition_subject import subjects
from tools.deployment import TEMPLATE, read_template


def main(folder: Path = FOLDER, template: Path = TEMPLATE) -> int:
    checked = subjects(definitions(folder), read_template(template))
    found = [problem for subject in checked for problem in problems(subject)]
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    sys.stdout.write(f"definitions: {len(checked)} checked against {len(RULES)} rules, {len(found)} problems\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
