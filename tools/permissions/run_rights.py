"""What whoever runs the workflow may do: what the command line asks of AWS, and the pages' commands of the AWS CLI.

The command line's calls are those that its tests record (tests/cli/test_rights.py holds the file to them); the pages'
commands are read from the pages. A call that has no statement here, and a statement without a call, are errors.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

RECORDED: Final = Path(__file__).parent / "command_line.json"
"""By command: each action with what it is asked on, such as `execution:Provision`."""
PAGES: Final = tuple(map(Path, ("README.md", "docs/runbook.md", "docs/troubleshooting.md")))
NAMES_IN_IAM: Final = {"stepfunctions": "states", "elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag"}
"""Services that the AWS CLI names otherwise than IAM."""
ACTIONS_IN_IAM: Final = {"lambda:Invoke": "lambda:InvokeFunction"}
OF_OWNERS: Final = ("elasticache:ModifyCacheCluster", "elasticache:ModifyReplicationGroup")
"""What changes somebody's cluster is for who answers for it: policies/topics.json."""
MACHINES: Final = ("Provision", "Reconcile", "Teardown")
FUNCTIONS: Final = ("ListConnections", "ShowConnection")
ANYTHING: Final = ("*",)
"""What is asked where AWS takes no resource, or where a look is for one that is not known before."""
WHERE: Final[Mapping[str, str]] = {
    "execution": "arn:aws:states:*:*:execution:{}-*:*",
    "function": "arn:aws:lambda:*:*:function:ververica-private-*-{}-*",
    "stack": "arn:aws:cloudformation:*:*:stack/ververica-private-connection/*",
    "stateMachine": "arn:aws:states:*:*:stateMachine:{}-*",
    "bus": "arn:aws:events:*:*:event-bus/default",
}
"""The ARNs of what belongs to a deployment, whose names end in what CloudFormation adds."""
OF_MENDERS: Final = (
    *("dynamodb:DeleteTable", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:ListBackups", "dynamodb:PutItem"),
    *("dynamodb:RestoreTableFromBackup", "dynamodb:RestoreTableToPointInTime"),
    *("dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable", "pipes:DescribePipe", "pipes:StartPipe"),
)
"""What mends the deployment itself is for who answers for that: policies/mend.json."""
IN_PAGES: Final[Mapping[str, Sequence[str]]] = {
    "cloudformation:DescribeStacks": ("stack",),
    "ec2:DescribeVpcEndpointConnections": ANYTHING,
    "elasticache:DescribeCacheClusters": ANYTHING,
    "elasticache:DescribeEvents": ANYTHING,
    "elasticache:DescribeReplicationGroups": ANYTHING,
    "elasticloadbalancing:DescribeTargetHealth": ANYTHING,
    "events:PutEvents": ("bus",),
    "lambda:InvokeFunction": tuple(f"function:{each}" for each in FUNCTIONS),
    "states:DescribeExecution": tuple(f"execution:{each}" for each in MACHINES),
    "states:StartExecution": tuple(f"stateMachine:{each}" for each in MACHINES),
    "states:StopExecution": tuple(f"execution:{each}" for each in MACHINES),
    "tag:GetResources": ANYTHING,
}
"""What the pages' commands are asked on."""
CONDITIONS: Final = {"events:PutEvents": {"StringEquals": {"events:source": "private-connection.request"}}}
Needs = dict[str, dict[str, set[str]]]
"""By action, and by what it is asked on: the commands that ask."""


class RightsError(Exception):
    """The calls and what is known of them do not fit."""


def needs(pages: Sequence[Path] = PAGES) -> Needs:
    """Raises RightsError for a command of the pages that has no entry, and for an entry that has no command."""
    asked = {action for action in actions_in(pages) if action not in (*OF_OWNERS, *OF_MENDERS)}
    if asked != IN_PAGES.keys():
        raise RightsError(f"the pages' commands and IN_PAGES differ in {', '.join(sorted(asked ^ IN_PAGES.keys()))}")
    found: Needs = {action: {each: {"the pages' commands"} for each in on} for action, on in IN_PAGES.items()}
    for command, calls in json.loads(RECORDED.read_text()).items():
        for action, on in calls.items():
            for each in on:
                found.setdefault(action, {}).setdefault(each, set()).add(command)
    return found


def actions_in(pages: Sequence[Path]) -> Iterator[str]:
    """The action behind each call of the AWS CLI."""
    for each in pages:
        for service, command in re.findall(r"aws (\w+) ([a-z][\w-]+)", each.read_text()):
            name = "".join(word.capitalize() for word in command.split("-"))
            action = f"{NAMES_IN_IAM.get(service, service)}:{name}"
            yield ACTIONS_IN_IAM.get(action, action)


def policy(found: Needs) -> dict[str, Any]:
    """A statement for the actions that are asked on the same things."""
    alike: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for action in sorted(found):
        condition = json.dumps(CONDITIONS.get(action), sort_keys=True)
        alike.setdefault((resources(found[action]), condition), []).append(action)
    return {"Version": "2012-10-17", "Statement": [_statement(*key, actions) for key, actions in alike.items()]}


def resources(on: Mapping[str, object]) -> tuple[str, ...]:
    """The ARNs of what is asked for; everything, where one of the asks is for that."""
    arns = {_arn(each) for each in on}
    return ANYTHING if "*" in arns else tuple(sorted(arns))


def _arn(each: str) -> str:
    kind, _, name = each.partition(":")
    return each if each == "*" else WHERE[kind].format(name)


def _statement(on: Sequence[str], condition: str, actions: Sequence[str]) -> dict[str, Any]:
    limited = json.loads(condition)
    return {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": on[0] if len(on) == 1 else list(on),
        **({"Condition": limited} if limited else {}),
    }
