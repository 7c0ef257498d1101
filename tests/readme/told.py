"""The commands that the pages tell a reader to type, in their order, and which of them `make readme-test` types.

A command is a line of a block of commands, with the lines that go on with it, or a span of code that begins with the
name of a program. Here it is known by how it begins, on its page.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
BLOCK: Final = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
BEGINS: Final = re.compile(r"(?:aws|make|export|cp|git|echo|python|private-connection) |\.\w+/bin/|[A-Z_]+=|\w+\(\) \{")
SPAN: Final = re.compile(r"`((?:aws |\.\w+/bin/)[^`]+)`")


@dataclass(frozen=True)
class Page:
    typed: Sequence[str]
    left_out: Mapping[str, str]
    """With the reason."""


README: Final = "README.md"
RUNBOOK: Final = "docs/runbook.md"
TROUBLESHOOTING: Final = "docs/troubleshooting.md"
REQUEST: Final = "docs/request.md"
NOTICES: Final = "docs/notices.md"
COMMAND_LINE: Final = "docs/command-line.md"
CONSUMER: Final = "consumer/README.md"

OF_CLUSTERS: Final = ("aws elasticache modify-replication-group", "aws elasticache modify-cache-cluster")
"""They need the parameter NodeEvents: README's are typed with those of the runbook."""
PIPES: Final = "the sandbox's pipes always run"
RESTORED: Final = "the sandbox keeps no backups; tests/unit/test_told.py knows the options"
PAGES: Final[Mapping[str, Page]] = {
    README: Page(
        typed=(
            "cp events/adopt.json my.local.json",
            ".venv/bin/private-connection plan my.local.json",
            ".venv/bin/python -m sandbox serve",
            "output() {",
            "run() {",
            "EXECUTION_ARN=$(aws stepfunctions start-execution",
            "until run 'output || error || status'",
            "run '[status, error, cause]'",
            "run output | python3 -m json.tool",
            ".venv/bin/private-connection check orders",
            "aws ec2 describe-vpc-endpoint-connections",
            'aws lambda invoke --function-name "$(output ListConnectionsArn)"',
            'aws stepfunctions start-execution --state-machine-arn "$(output ReconcileArn)"',
            *OF_CLUSTERS,
            "aws events put-events --entries file://events/request.json",
            "aws stepfunctions stop-execution",
            'aws stepfunctions start-execution --state-machine-arn "$(output TeardownArn)"',
        ),
        left_out={
            "make demo": "tests/cli/test_demo.py",
            "make test": "it would type these commands again",
            "export AWS_REGION=": "the served sandbox says which Region to export",
            "make deploy": "it deploys to AWS",
        },
    ),
    RUNBOOK: Page(
        typed=(
            "aws stepfunctions describe-execution",
            'aws lambda invoke --function-name "$SHOW_CONNECTION_ARN"',
            "aws elasticache describe-events --duration",
            "aws elasticache describe-events --source-type cache-cluster",
            "aws elasticache describe-cache-clusters",
            *OF_CLUSTERS,
        ),
        left_out={
            'aws stepfunctions start-execution --state-machine-arn "$RECOVER_ARN"': "no event is undelivered",
            "aws pipes describe-pipe": PIPES,
            "aws pipes start-pipe": PIPES,
            "REGISTRY=$(aws cloudformation describe-stacks": RESTORED,
            "aws dynamodb restore-table-to-point-in-time": RESTORED,
            "aws dynamodb describe-table": RESTORED,
            "aws dynamodb get-item": RESTORED,
            "aws dynamodb put-item": RESTORED,
            "aws dynamodb delete-table": RESTORED,
            "aws dynamodb list-backups": RESTORED,
            "BACKUP_ARN=": RESTORED,
            "aws dynamodb restore-table-from-backup": RESTORED,
            "aws dynamodb update-continuous-backups": RESTORED,
            "aws dynamodb update-table": RESTORED,
        },
    ),
    TROUBLESHOOTING: Page(
        typed=(
            ".venv/bin/private-connection check orders",
            "CONNECTION=orders",
            "SERVICE_ID=",
            "aws stepfunctions describe-execution",
            "aws ec2 describe-vpc-endpoint-connections",
            "aws resourcegroupstaggingapi get-resources --resource-type-filters elasticloadbalancing:targetgroup",
            "TARGET_GROUP_ARN=",
            "aws elbv2 describe-target-health",
            "aws elasticache describe-replication-groups",
            "aws resourcegroupstaggingapi get-resources --tag-filters",
        ),
        left_out={},
    ),
    REQUEST: Page(typed=("aws events put-events",), left_out={}),
    NOTICES: Page(typed=("aws events put-rule",), left_out={}),
    COMMAND_LINE: Page(
        typed=(
            "private-connection plan my.local.json",
            "private-connection provision my.local.json",
            "private-connection provision --connection orders --workspace ws-1 --cluster orders",
            "private-connection watch orders",
            "private-connection list",
            "private-connection show orders",
            "private-connection sheet orders",
            "private-connection check orders",
            "private-connection reconcile orders",
            "private-connection pause orders",
            "private-connection doctor",
            "private-connection teardown orders --yes",
        ),
        left_out={
            "echo 'clusters:": "the world of the next two",
            "private-connection sandbox reset": "it would end the reader's own sandbox; tests/cli/test_sandboxes.py",
            "private-connection plan events/adopt.json --sandbox": "it would work with that one; tests/cli",
        },
    ),
    CONSUMER: Page(typed=("python -m consumer connect", "python -m consumer disconnect"), left_out={}),
}


def commands(text: str) -> list[str]:
    """The commands of a page, in its order."""
    found = [(each.start(), _lines(each[1], each[3])) for each in BLOCK.finditer(text) if not each[2]]
    found += [(each.start(), [" ".join(each[1].split())]) for each in SPAN.finditer(text)]
    return [each for _, lines in sorted(found) for each in lines]


def _lines(indent: str, block: str) -> list[str]:
    """The commands of a block: a line that is further in than the block goes on with the one before."""
    text = re.sub(f"^{indent}", "", block, flags=re.MULTILINE)
    return [each.strip() for each in re.split(r"\n(?! )", text) if each.strip()] if BEGINS.match(text) else []


def untold(page: str, text: str) -> list[str]:
    """The commands of the page, which has this text, that are neither typed nor named."""
    known = (*PAGES[page].typed, *PAGES[page].left_out)
    return [each for each in commands(text) if not each.startswith(known)]


def command(page: str, start: str) -> str:
    """The command of the page that begins so. Raises LookupError unless it is one."""
    found = [each for each in commands((CHECKOUT / page).read_text()) if each.startswith(start)]
    if len(found) != 1:
        raise LookupError(f"{page} has {len(found)} commands that begin with {start!r}")
    return found[0]


def span(page: str, start: str) -> str:
    """The first span of code on the page that begins so, such as options for another command."""
    spans = re.findall(r"`([^`\n][^`]*)`", (CHECKOUT / page).read_text())
    return next(" ".join(each.split()) for each in spans if each.startswith(start))
