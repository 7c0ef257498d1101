"""A run that fails after the account or the request has changed leaves all as it was; the next one ends as if it had
not been.

Some failures are drawn; `make soak` tries each drift and each failure, `make crossings` each failure after each drift.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.runs import RunReport
from sandbox.services import settle
from tests.draws import Sides, drawn
from tests.faults.drifts import CONNECTION, DRIFTS, connections, drifted, happen, paths, right, run
from tests.faults.failing import Failing, failing_states
from tests.faults.grounds import cache_nodes
from tests.faults.observation import ROLL_BACK, serving
from tests.faults.trials import is_stale, things

CONVERGED: Final = ("allowedPrincipal", "listener", "target")
"""What a run that fails puts back all the same, where somebody had taken it away."""

WIDENED: Final = re.compile(r"'(subnets|groups|load_balancing\.cross_zone\.enabled)': ('\w+'|\[[^]]*\]),? ?")
"""The facts of a load balancer and of its target group that a run widens, where a node has moved to another zone."""


@dataclass(frozen=True)
class State:
    """What a run that fails must not change."""

    things: set[str]
    reached: set[str]
    """The nodes of the cluster that a consumer reaches."""
    offered: dict[str, list[str]]
    """The principals of the service on each load balancer."""
    connected: dict[str, dict[str, str]]


def state_of(account: Account) -> State:
    settle(account.world.region, account.conditions)
    nodes = {address for node, address in cache_nodes(account).items() if not node.startswith("payments")}
    reached = {each for each in serving(account, CONNECTION) if each.partition(":")[0] in nodes}
    return State(things(), reached, {each.name: each.principals or [] for each in paths(account)}, connections())


def run_failing(account: Account, name: str, state: str) -> list[str]:
    """Asked in a fork. What is wrong with a run that fails in the state, and with the one after it."""
    drift, failing = DRIFTS[name], Failing(account, state)
    happen(account, drift.happens)
    before = state_of(account)
    report = account.run("provision", drift.request, listeners=[failing])
    if not failing.met:
        return [] if report.status == "SUCCEEDED" else [f"ended {report.error}: {report.cause}"]
    wrong = list(_wrong_failure(account, state, report, before))
    end = run(account, drift.request)
    wrong += [f"in the end {end}"] if end != right(drift) else []
    wrong += [f"not connected as before: {connections()}"] if connections() != before.connected else []
    return wrong


def _wrong_failure(account: Account, state: str, report: RunReport, before: State) -> Iterator[str]:
    expected, after = "RollbackIncomplete" if state == ROLL_BACK else "StepTimedOut", state_of(account)
    if (report.status, report.error) != ("FAILED", expected):
        yield f"expected {expected}, not {report.error}: {report.cause}"
    addresses = [address for node, address in cache_nodes(account).items() if not node.startswith("payments")]
    former, present = ({WIDENED.sub("", each) for each in found.things} for found in (before, after))
    stays = {each for each in former - present if state == ROLL_BACK and _allows_more(each, present)}
    lost = [each for each in former - present - stays if not is_stale(each, addresses)]
    added = [each for each in present - former if each.split()[0] not in CONVERGED]
    if lost or (added and state != ROLL_BACK):
        yield f"took away or changed {sorted(lost)}, left {sorted(added)}"
    if before.reached - after.reached:
        yield f"does not lead to {before.reached - after.reached} any more"
    if any(not {*before.offered[each]} <= {*after.offered.get(each, ())} for each in before.offered):
        yield f"was offered {before.offered}, and is {after.offered}"
    if before.connected != after.connected:
        yield f"was connected {before.connected}, and is {after.connected}"


def _allows_more(policy: str, present: set[str]) -> bool:
    """Whether it is a role's policy that has all of its statements still, beside some that were not taken back."""
    name, _, statements = policy.partition('"Statement": [')
    return name.startswith("rolePolicy ") and any(
        each.startswith(name) and statements.partition("]}")[0] in each for each in present
    )


FAILURES: Final = [(name, state) for name in DRIFTS for state in failing_states()]


EACH: Final[Sides[tuple[str, str]]] = (itemgetter(0), itemgetter(1))
CHOSEN: Final = drawn(FAILURES, "failing drifts", 900, EACH)


@pytest.mark.parametrize(("name", "state"), CHOSEN)
def test_a_run_that_fails_changes_nothing_and_the_next_one_ends_right(name: str, state: str) -> None:
    assert drifted(DRIFTS[name].first).ask(run_failing, name, state) == []
