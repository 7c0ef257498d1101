"""Checks every definition against the rules of `definition_rules`.

python -m tools.check_definitions
"""

import sys

from tools.definition import definitions
from tools.definition_rules import RULES, problems
from tools.definition_subject import subjects
from tools.deployment import read_template


def main() -> int:
    checked = subjects(definitions(), read_template())
    found = [problem for subject in checked for problem in problems(subject)]
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    sys.stdout.write(f"definitions: {len(checked)} checked against {len(RULES)} rules, {len(found)} problems\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
