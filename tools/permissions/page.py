"""Writes docs/permissions.md: what each role of the deployment may do, as the template grants it.

It reads the template only. That each grant is needed and each call granted is judged on recorded runs
(`python -m tools.permissions`), whose report names the runs.

    python -m tools.permissions.page [--check]
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tools.permissions.policies import Policies, Template, listed, managed, policies
from tools.permissions.refusals import BEYOND_IAM, NOT_EXPRESSIBLE
from tools.permissions.report import general, table
from tools.render import rendered

OUTPUT: Final = Path("docs/permissions.md")
PARAMETERS: Final = {"ExtendableRoleArns": "<ExtendableRoleArns>"}
INTRODUCTION: Final = """\
# Permissions

Written by `make permissions` from `template.yaml`; do not edit. `make lint` fails when it is old. What people
need to run and to deploy is in [rights](rights.md).

## What the deployment may do

{roles} roles, one for each function and state machine and one for a pipe. `make lint` judges them on what the tests'
runs recorded: every call is granted, every grant is needed by a run, and a request for somebody else's thing is
refused. A table row is a statement of a policy."""
Row = tuple[str, str, str, str]


def page(template: Template) -> str:
    """The page for a rendered template."""
    found = policies(template, PARAMETERS)
    return "\n".join([INTRODUCTION.format(roles=len(found)), *_roles(found), *_beyond(), *_managed(template)]) + "\n"


def _roles(found: Policies) -> Iterator[str]:
    for who, own in sorted(found.items()):
        rows = list(_rows([statement for policy in own for statement in policy["policy"]["Statement"]]))
        if rows:
            yield from ("", f"### {who}", "")
            yield from table(("statement", "actions", "resources", "condition"), iter(rows))
    silent = sorted(who for who, own in found.items() if not own)
    yield from ("", "### The others", "", f"No call to AWS but to write logs and traces: {', '.join(silent)}.")


def _rows(statements: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """A row for each statement. Those that SAM writes have no names: they are one row if they differ in resource."""
    unnamed: dict[tuple[str, str], list[str]] = {}
    for each in statements:
        actions, condition = _lines(each["Action"]), _condition(each.get("Condition"))
        if each["Sid"].startswith("Unnamed"):
            unnamed.setdefault((actions, condition), []).extend(listed(each["Resource"]))
        else:
            yield each["Sid"], actions, _lines(each["Resource"]), condition
    for (actions, condition), resources in unnamed.items():
        yield "", actions, _lines(resources), condition


def _lines(values: object) -> str:
    return "<br>".join(general(str(each)) for each in listed(values))


def _condition(condition: object) -> str:
    return general(json.dumps(condition, sort_keys=True)) if condition else ""


def _beyond() -> Iterator[str]:
    yield from ("", "## What IAM cannot refuse, and what does instead", "")
    rows = ((each.action, each.kind, each.alteration, each.reason) for each in BEYOND_IAM)
    yield from table(("action", "resource", "foreign because", "prevented by"), rows)
    yield from ("", *(f"- {each}" for each in NOT_EXPRESSIBLE))


def _managed(template: Template) -> Iterator[str]:
    yield from ("", "## Policies of AWS's own that SAM attaches", "")
    yield from (f"- `{arn}`: {len(who)} roles" for arn, who in sorted(managed(template).items()))


def main(arguments: Sequence[str], output: Path = OUTPUT) -> int:
    written = page(rendered())
    if "--check" not in arguments:
        output.write_text(written)
        return 0
    wrong = not output.is_file() or output.read_text() != written
    if wrong:
        sys.stderr.write(f"{output} is not what the template grants: make permissions\n")
    verdict = "outdated" if wrong else "as the template grants"
    sys.stdout.write(f"granted: {output} checked, {verdict}\n")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
