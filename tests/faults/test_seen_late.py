"""What becomes of a run that died while Step Functions does not show yet that it began, or that it ended.

DescribeExecution is eventually consistent (API reference), and says not by how much.
"""

from typing import Final

import pytest

from sandbox.account import Account
from sandbox.runs import StopAt
from tests.faults.deaths import die, recovered
from tests.faults.grounds import REQUESTS, ground
from tests.faults.stops import Road
from tests.faults.trials import things
from tests.registry import is_held

BLANK: Final = Road("provision", "blank")
EARLY: Final = StopAt(state="Validate request", when="before")
"""Where a run dies that has begun a moment ago, and holds its connection."""
MADE: Final = StopAt(state="Compose hand-off", when="after")


def recovered_late(account: Account, stop: StopAt, seen: float, result: float) -> tuple[list[str], bool]:
    """Asked in a fork: what is wrong with Recover, which is told of the run's end at once, and whether it is held."""
    account.interpreter.seen_after, account.interpreter.told_after = seen, result
    return recovered(account, BLANK, stop), is_held("redis-demo")


@pytest.mark.parametrize(("stop", "seen"), [(EARLY, 40.0), (MADE, 40.0), (MADE, 300.0)], ids=str)
def test_recover_finishes_it_when_it_is_seen(stop: StopAt, seen: float) -> None:
    assert ground("blank", "create").ask(recovered_late, stop, seen, 600.0) == ([], False)


def again(account: Account, seen: float) -> list[tuple[str, str | None, bool]]:
    """Asked in a fork: how runs end that come at once, and when the end of the first is seen; and whether things are as
    the first has left them.
    """
    die(account, BLANK, MADE)
    account.interpreter.seen_after, left, ends = seen, things(), []
    for _ in range(2):
        report = account.run("provision", REQUESTS["create"])
        ends.append((report.status, report.error, things() == left))
        account.clock.sleep(seen)
    return ends


def test_the_next_run_is_busy_until_it_is_seen() -> None:
    first, second = ground("blank", "create").ask(again, 200.0)
    assert first == ("FAILED", "ConnectionBusy", True)
    assert second[:2] == ("SUCCEEDED", None)
