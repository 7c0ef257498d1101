"""Writes docs/rights.md and the policies beside it, for people: who needs which rights, to run and to deploy.

python -m tools.permissions.rights [--check]
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tools.permissions import deploy_rights, run_rights
from tools.permissions.policies import Template
from tools.permissions.report import table
from tools.permissions.rights_by_type import Rights
from tools.render import rendered

PAGE: Final = Path("docs/rights.md")
POLICIES: Final = Path("docs/policies")
INTRODUCTION: Final = """\
# Rights

Written by `make permissions`; do not edit. `make lint` fails when it is old.

| who | policy to attach | for |
|---|---|---|
| who deploys and removes the stack | [policies/deploy.json](policies/deploy.json) | `make deploy`, `make destroy` |
| who connects clusters | [policies/run.json](policies/run.json) | the [command line](command-line.md), the AWS CLI |
| who owns a cluster | [policies/topics.json](policies/topics.json) | [its topic](runbook.md#node-events) |
| who mends the stack | [policies/mend.json](policies/mend.json) | [what broke](runbook.md#restore-the-registry) |
| the workflow itself | none: the stack has its roles | [permissions](permissions.md), role by role |

The policies name the stack `ververica-private-connection`: change that if yours has another name.
`private-connection doctor` names each right to run that you lack. It starts nothing: whether you may start runs it asks
IAM, which takes `iam:SimulatePrincipalPolicy` and `iam:GetRole` on yourself; without them it says that it did not try.
What Ververica may do in your account stands on the access role ([Security](../README.md#security)).

## To run

The command line's calls are those that its tests record. `*` is where AWS takes no resource for a call, or where a look
is for something that nobody knows before."""
TO_DEPLOY: Final = """
## To deploy

CloudFormation makes, changes and removes each resource with your rights. The calls are written down from AWS's
reference, and **have not been tried in an account of AWS**: if one is missing, the refusal names it. Who deploys makes
IAM roles. To bound what those may do, give the parameter `PermissionsBoundary`.
"""
WORKFLOW: Final = """
## What the workflow itself may do

Each function and state machine has a role of its own: [permissions](permissions.md) lists them as the template grants
them. Nobody else needs these rights: it is enough to be allowed to start a run."""


def documents(template: Template) -> dict[Path, str]:
    """Each file with what it has to hold, for a rendered template.

    Raises RightsError and LookupError where calls, types and what is known of them do not fit.
    """
    found = run_rights.needs()
    types = sorted({each["Type"] for each in template["Resources"].values()})
    deploying = list(deploy_rights.rights(types))
    lines = [INTRODUCTION, *_running(found), TO_DEPLOY, *_deploying(deploying), WORKFLOW]
    return {
        PAGE: "\n".join(lines) + "\n",
        POLICIES / "deploy.json": _written(deploy_rights.policy([each for _, each in deploying])),
        POLICIES / "run.json": _written(run_rights.policy(found)),
    }


def _running(found: run_rights.Needs) -> Iterator[str]:
    yield ""
    rows = ((f"`{action}`", _arns(run_rights.resources(on)), ", ".join(_asking(on))) for action, on in found.items())
    yield from table(("action", "resources", "asked by"), iter(sorted(rows)))


def _asking(on: dict[str, set[str]]) -> list[str]:
    return sorted({command for commands in on.values() for command in commands})


def _deploying(found: Sequence[tuple[str, Rights]]) -> Iterator[str]:
    rows = ((f"`{what}`" if what.startswith("AWS::") else what, _actions(each), _arns(each.on)) for what, each in found)
    yield from table(("for", "actions", "resources"), rows)


def _actions(each: Rights) -> str:
    return "<br>".join(f"`{each.service}:{action}`" for action in each.actions)


def _arns(arns: Sequence[str]) -> str:
    return "<br>".join(f"`{each}`" for each in arns)


def _written(policy: dict[str, Any]) -> str:
    return json.dumps(policy, indent=2) + "\n"


def main(arguments: Sequence[str], under: Path = Path()) -> int:
    wanted = {under / path: text for path, text in documents(rendered()).items()}
    old = [path for path, text in wanted.items() if not path.is_file() or path.read_text() != text]
    if "--check" not in arguments:
        for path in old:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path])
        return 0
    for path in old:
        sys.stderr.write(f"{path} is not what the calls and the template need: make permissions\n")
    sys.stdout.write(f"rights: {len(wanted)} files checked, {len(old)} outdated\n")
    return int(bool(old))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
