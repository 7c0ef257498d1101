"""An account for all of them. And what a test has the command line ask of AWS is in the policy of who runs it."""

from collections.abc import Iterator

import pytest

from sandbox.account import Account
from sandbox.scenarios.forks import Holder
from tests.cli.asked import Asked, recorded
from tests.scenarios import connected

ELSEWHERE = {
    ("cloudformation:DescribeStacks", "*"),  # where no stack has the name, the candidates are looked for
    ("lambda:InvokeFunction", "function:ListConnections"),  # and where no connection has it
    ("states:DescribeExecution", "*"),  # an execution that is named by somebody, of whatever machine
}
"""What commands ask only to say what is wrong: they say that they may not, if they may not."""


@pytest.fixture(scope="session")
def connection() -> Iterator[Holder[Account]]:
    """An account in which `connected.ORDERS` is READY: whoever asks, asks in a fork of it."""
    yield from connected.held()


@pytest.fixture(autouse=True)
def asked() -> Iterator[Asked]:
    known = recorded()
    with pytest.MonkeyPatch.context() as patch:
        found = Asked(patch)
        yield found
    assert {
        (command, action, on)
        for command, calls in found.calls.items()
        for action, asked_on in calls.items()
        for on in asked_on - known.get(command, {}).get(action, set())
        if command in known and (action, on) not in ELSEWHERE
    } == set(), "record it: SOAK=1 pytest tests/cli/test_rights.py"
