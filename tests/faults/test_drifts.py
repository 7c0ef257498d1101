"""A run again, after the account or the request has changed, has exactly what is asked for and names what it left.

One that fails leaves all as it was, and the next run ends as if it had not been. Drifts and failures are drawn;
`make soak` tries each drift and each failure, several times.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.runs import RunReport
from sandbox.services import settle
from sandbox.world import apply_event
from tests.draws import drawn
from tests.faults.drifts import (
    CONNECTION,
    DRIFTS,
    ENDPOINT,
    FIRST,
    MADE,
    SHARDED,
    Change,
    Drift,
    connections,
    drifted,
    event,
    happen,
    has,
    made_anew,
    paths,
    right,
    trusted,
)
from tests.faults.failing import Failing, failing_states
from tests.faults.grounds import QUICK, Json, cache_nodes
from tests.faults.observation import ROLL_BACK, serving
from tests.faults.trials import is_stale, things
from tests.scenarios.playing import READING as READ_ONLY

CONVERGED: Final = ("allowedPrincipal", "listener", "target")
"""What a run that fails puts back all the same, where somebody had taken it away."""

WIDENED: Final = re.compile(r"'(subnets|groups|load_balancing\.cross_zone\.enabled)': ('\w+'|\[[^]]*\]),? ?")
"""The facts of a load balancer and of its target group that a run widens, where a node has moved to another zone."""


def ended(report: RunReport) -> Json:
    """The hand-off's part of an end."""
    if report.status != "SUCCEEDED":
        return {"cause": report.cause}
    told: Json = report.output
    return {
        "codes": [each["code"] for each in told["findings"]],
        "changes": [f"{each['change']} {each['node']}" for each in told["changes"]],
    }


def run(account: Account, request: Json) -> Json:
    """The end of a run."""
    report = account.run("provision", request)
    return {**has(account), **ended(report), "foreign": account.snapshot.foreign_changes()}


# ------------------------------------------------------------------ once, back, and once nobody is connected


def run_again(account: Account, name: str) -> tuple[Json, bool]:
    """Asked in a fork. The end, and whether whoever was connected is."""
    happen(account, DRIFTS[name].happens)
    before = connections()
    return run(account, DRIFTS[name].request), connections() == before


@pytest.mark.parametrize("name", drawn(list(DRIFTS), "drifts", 13))
def test_a_run_again_has_exactly_what_is_asked_for(name: str) -> None:
    assert drifted(DRIFTS[name].first).ask(run_again, name) == (right(DRIFTS[name]), True)


BACK: Final[dict[str, tuple[Sequence[Change], Json]]] = {
    "another cluster": ((), {"changes": ["gone green-001", "new orders-001", "new orders-002"]}),
    "another cluster, in use": ((), {"changes": ["gone green-001", "new orders-001", "new orders-002"]}),
    "another port, in use": ([made_anew(6379)], {"changes": ["changed orders-001", "changed orders-002"]}),
    "another workspace": ((), {}),
    "another workspace, in use": ((), {"codes": ["PRIMARY_MOVES", "CONNECTED_BEFORE_WORKSPACE_CHANGE"]}),
    "a named role": ([trusted("workspace-9")], {}),
    "a narrow policy": ((), {}),
    "from anywhere": ((), {}),
    "a node left, in use": (
        [event("add-replica", cluster="orders", node="orders-002")],
        {"changes": ["new orders-002"]},
    ),
}
"""What else happens before the first request is asked for again, and what the end has then other than `END`."""


def run_back(account: Account, name: str) -> tuple[Json, bool]:
    """Asked in a fork."""
    happen(account, DRIFTS[name].happens)
    before = connections()
    run(account, DRIFTS[name].request)
    happen(account, BACK[name][0])
    return run(account, DRIFTS[name].first), connections() == before


@pytest.mark.parametrize("name", drawn(list(BACK), "drifts back", 9))
def test_asked_for_as_at_first_it_is_as_at_first(name: str) -> None:
    expected = {**right(Drift()), **BACK[name][1]}
    assert drifted(DRIFTS[name].first).ask(run_back, name) == (expected, True)


IN_USE: Final = [name for name, drift in DRIFTS.items() if "SURPLUS_IN_USE" in drift.codes]


def run_left(account: Account, name: str) -> Json:
    """Asked in a fork. The end of a run after the one that left a path, once its endpoint is deleted."""
    happen(account, DRIFTS[name].happens)
    run(account, DRIFTS[name].request)
    used = [service for service, found in connections().items() if ENDPOINT in found]
    apply_event("disconnect", {"service": used[0], "endpoint": ENDPOINT}, account.conditions)
    account.clock.sleep(QUICK["connection"])
    return run(account, DRIFTS[name].request)


@pytest.mark.parametrize("name", drawn(IN_USE, "drifts in use", 9))
def test_what_was_left_for_somebody_goes_once_nobody_is_connected(name: str) -> None:
    expected = {**right(DRIFTS[name.removesuffix(", in use")]), "changes": []}
    assert drifted(DRIFTS[name].first).ask(run_left, name) == expected


def run_twice(account: Account, first: Json) -> tuple[list[int], set[str]]:
    """Asked in a fork, after the first run: how many executions each run was, and what the second one changed."""
    report = account.run("provision", first)
    changing = {call for call in report.api_calls if not call.partition(":")[2].startswith(READ_ONLY)}
    return [len(each.executions) for each in account.runs], changing


@pytest.mark.parametrize("name", drawn(["orders", "shards", "made"], "first requests"))
def test_no_run_withdraws_where_nothing_is_surplus_and_a_second_one_only_keeps_the_books(name: str) -> None:
    """It claims the connection, records it, releases it, and tells of it."""
    first = {"orders": FIRST, "shards": SHARDED, "made": MADE}[name]
    assert drifted(first).ask(run_twice, first) == ([1, 1], {"dynamodb:PutItem", "events:PutEvents"})


# ------------------------------------------------------------------ failing


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


def test_a_run_that_fails_changes_nothing_and_the_next_one_ends_right() -> None:
    chosen = drawn(FAILURES, "failing drifts", 900, [itemgetter(0), itemgetter(1)])
    wrong = {each: found for each in chosen if (found := drifted(DRIFTS[each[0]].first).ask(run_failing, *each))}
    assert wrong == {}
