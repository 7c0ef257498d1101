"""A run again, after the account or the request has changed, has exactly what is asked for and names what it left.

Some drifts are drawn; `make soak` tries all of them.
"""

from collections.abc import Sequence
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.world import apply_event
from tests.draws import drawn
from tests.faults.drifts import (
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
    made_anew,
    right,
    run,
    trusted,
)
from tests.faults.grounds import QUICK, Json
from tests.scenarios.playing import READING as READ_ONLY

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
