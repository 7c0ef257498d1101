"""What each command asks of AWS, recorded on a deployment in this process, is what docs/rights.md says.

That each call is in there is held in every test of the command line (conftest); that nothing else is, in `make soak`.
"""

import contextlib
import io
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from private_connection_cli.commands import main
from private_connection_cli.in_process import deployment_in, opened
from private_connection_cli.where import Where
from sandbox.account import Account
from tests.cli.asked import RECORDED, Asked, recorded
from tests.draws import SOAKING
from tools.permissions.run_rights import needs

FOUND = Path("build/command_line.json")
NAME = "orders"
WORLD = {"world": {"clusters": [{"id": "orders", "subnets": ["subnet-a"], "securityGroups": ["sg-cache"]}]}}
LOOK = 300.0
"""Virtual seconds between two looks: a look takes longer than all that goes on meanwhile."""
OFTEN = 5.0
"""As above, for what ends soon."""
FLAGS = ["--connection", NAME, "--workspace", "ws-1", "--cluster", "orders"]
COMMANDS = (
    ["plan", *FLAGS],
    ["provision", *FLAGS],
    ["list"],
    ["show", NAME],
    ["watch", NAME],
    ["sheet", NAME],
    ["check", NAME],
    ["pause", NAME],
    ["resume", NAME],
    ["reconcile", NAME],
    ["reconcile"],
    ["teardown", NAME, "--yes"],
)


@pytest.mark.skipif(not SOAKING, reason="it takes ten seconds, so make soak does it")
def test_the_rights_to_run_are_for_the_calls_that_the_commands_make(asked: Asked, tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text(json.dumps(WORLD))  # JSON is YAML
    with opened(world, seed=1) as account, pytest.MonkeyPatch.context() as patch:
        for each in COMMANDS:
            look = OFTEN if each[0] == "plan" else LOOK
            found_in = partial(deployment_in, account, look)
            patch.setattr(Where, "deployment", lambda _, found_in=found_in: replace(found_in(), carrier=None))
            assert _ended(account, each) == (1 if each[0] == "check" else 0), each  # nobody is connected yet
        assert _ended(account, ["watch", _recovering(account)]) == 0
    found = {command: {each: sorted(calls[each]) for each in sorted(calls)} for command, calls in asked.calls.items()}
    FOUND.parent.mkdir(exist_ok=True)
    FOUND.write_text(json.dumps(found, indent=2) + "\n")
    assert FOUND.read_text() == RECORDED.read_text(), f"cp {FOUND} {RECORDED}, then make permissions"


def _ended(account: Account, arguments: list[str]) -> int:
    """The exit code of a command that is carried out where the account's time passes."""

    def carried_out() -> int:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return int(ended.value.code or 0)

    with contextlib.redirect_stderr(io.StringIO()):
        return account.visit(carried_out)


def _recovering(account: Account) -> str:
    """The ARN of a run of Recover, for a run that asked for nothing."""
    account.run("provision", {})
    account.run("recover", {"executionArn": str(account.runs[-1].root.exec_arn), "status": "ABORTED"})
    return str(account.runs[-1].root.exec_arn)


def test_every_call_of_a_command_is_a_right() -> None:
    rights = needs()
    lacking = {
        (action, on)
        for command, calls in recorded().items()
        for action, asked_on in calls.items()
        for on in asked_on
        if command not in rights.get(action, {}).get(on, set())
    }
    assert lacking == set()
