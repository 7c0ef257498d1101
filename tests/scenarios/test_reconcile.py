"""A sweep over real connections: what it finds, what it costs, and that it changes nothing."""

import importlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport, StopAt, report
from sandbox.scenarios.forks import Holder
from sandbox.world import apply_event
from tests.scenarios.connected import held
from tests.scenarios.playing import mutating

ORDERS: Final[dict[str, Any]] = {
    "connection": "orders",
    "workspaceId": "ws-1",
    "cluster": {"id": "orders", "create": {"replicasPerShard": 1}},
}
NONE: Final = {"started": [], "leftOver": 0, "waiting": 0, "failed": 0, "recovering": [], "returning": []}
NOTHING: Final = {
    "connections": 1,
    "busy": 0,
    "off": 0,
    "heldLong": [],
    "drifted": [],
    "leftOver": 0,
    "unhealthyNodes": 0,
    "strangerRequests": 0,
    "repairsFailed": 0,
    "unreadable": [],
    "recordsUnreadable": 0,
    "findings": [],
    "looks": 1,
    "lookedAt": 2,
    "news": [],
    "newsLeft": 0,
    "repairs": NONE,
}
NONE_THERE: Final = {**NOTHING, "connections": 0, "lookedAt": 0}
REGISTRY: Final = {"dynamodb:GetItem": 1, "dynamodb:PutItem": 2, "dynamodb:Scan": 1, "dynamodb:BatchGetItem": 1}
MOST_CALLS: Final = 14
CALLS_A_NODE: Final = 4
"""Of those that are looked at closely."""


@pytest.fixture(scope="module")
def ground() -> Iterator[Holder[Account]]:
    """The others have asked for their last sweep before the first of the schedule comes."""
    yield from held(ORDERS, parameters={"ReconcileMinutes": "15"})


def sweep(account: Account, **given: str) -> RunReport:
    return account.run("reconcile", given)


def quiet(account: Account) -> tuple[list[RunReport], list[str]]:
    reports = [sweep(account), sweep(account, connection="orders"), sweep(account, connection="others")]
    return reports, account.snapshot.foreign_changes()


def test_a_connection_that_is_as_it_was_left_costs_a_few_calls_and_is_not_changed(ground: Holder[Account]) -> None:
    (of_all, of_one, of_none), foreign = ground.ask(quiet)
    assert (of_all.status, of_all.output) == (of_one.status, of_one.output) == ("SUCCEEDED", NOTHING)
    assert of_none.output == NONE_THERE
    assert mutating(of_all) == {}
    calls = Counter(of_all.api_calls)
    calls.subtract(REGISTRY)
    assert sum(calls.values()) <= MOST_CALLS + CALLS_A_NODE * of_all.output["lookedAt"]
    assert of_all.state_transitions <= 10
    assert foreign == []


def in_turn(account: Account) -> list[str]:
    """Asked in a fork: the nodes that sweeps look at, of which each looks at one; the third one is stopped."""
    looked = list[str]()
    vars(importlib.import_module("private_connection.reconcile.selection"))["SHARE"] = 1
    nodes = {str(facts["arn"]): name.split("-")[3] for name, facts in inventory()["targetGroup"].items()}
    account.gateway.listeners.append(
        lambda call: (
            looked.append(nodes[call.parameters["TargetGroupArn"]])
            if call.operation == "DescribeTargetHealth"
            else None
        )
    )
    for stop in (None, None, StopAt(state="Record sweep", when="before"), None, None):
        account.run("reconcile", {}, stop_at=stop)
        account.clock.sleep(60)
    return looked


def test_sweeps_look_at_nodes_in_turn_and_again_at_those_of_one_that_died(ground: Holder[Account]) -> None:
    first, second, *others = ground.ask(in_turn)
    assert first != second
    assert others == [first, first, second]


def scheduled(account: Account) -> list[Any]:
    """What sweeps have told that came by themselves after an address had changed."""
    apply_event("change-ip", {"node": "orders-002"}, account.conditions)
    account.advance(1800)
    return [report(each).output for each in account.unasked if each.machine == "reconcile"]


def test_sweeps_come_by_themselves_and_have_mended_what_they_find(ground: Holder[Account]) -> None:
    outputs = ground.ask(scheduled)
    (found,) = [each for each in outputs if each["drifted"]]
    drift = [{"code": "ADDRESS_CHANGED", "node": "orders-002"}]
    assert found["drifted"] == [{"connection": "orders", "revision": 1, "mode": "repair", "drift": drift}]
    assert found["repairs"] == {**NONE, "started": ["orders"]}
    assert outputs[-1] == NOTHING
