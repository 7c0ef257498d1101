"""Sweeps over a connection that others connect to: who has come and gone is told once, and all else is no news."""

from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.deployment.resolver import ACCOUNT, STACK
from sandbox.scenarios.forks import Holder
from sandbox.world import apply_event
from tests.registry import item
from tests.scenarios.connected import ready
from tests.scenarios.playing import SUCCEEDED, summary

Json = Any
ENDPOINT: Final = "vpce-0123456789abcdef0"
VERVERICA: Final = "794031221915"


@pytest.fixture
def ground() -> Holder[Account]:
    return ready()


def sweep(account: Account) -> tuple[list[Json], bool]:
    """What it tells, as kind and detail, and whether it writes on the connection's item."""
    before, taken = item("orders")["version"], len(account.bus.taken)
    assert summary(account.run("reconcile", {})) == SUCCEEDED
    told = [[put.event["detail-type"], put.event["detail"]] for put in account.bus.taken[taken:]]
    return told, item("orders")["version"] != before


def change(account: Account, event: str, **arguments: str) -> tuple[list[Json], bool]:
    (service,) = account.snapshot.owned()["endpointService"]
    apply_event(event, {"service": service, **arguments}, account.conditions)
    account.advance(600)
    return sweep(account)


def states(told: list[Json]) -> list[Json]:
    assert {kind for kind, _ in told} <= {"Connection Changed"}
    return [(each["change"], each["formerState"], each["state"]) for _, one in told for each in one["endpoints"]]


def connected(account: Account) -> list[Json]:
    looks = [change(account, "connect", endpoint=ENDPOINT, owner=VERVERICA)]
    looks += [change(account, "accept", endpoint=ENDPOINT)]
    looks += [change(account, "disconnect", endpoint=ENDPOINT), sweep(account), sweep(account)]
    return looks


def test_an_endpoint_comes_is_accepted_and_goes_and_each_is_told_once(ground: Holder[Account]) -> None:
    looks = ground.ask(connected)
    assert [(states(told), wrote) for told, wrote in looks] == [
        ([("new", None, "pendingacceptance")], True),
        ([("changed", "pendingacceptance", "available")], True),
        ([], True),
        ([("gone", "available", None)], True),
        ([], False),
    ]


def strange(account: Account) -> tuple[list[Json], Json, list[float], list[str]]:
    looks = [change(account, "connect", endpoint=ENDPOINT, owner=ACCOUNT)]
    seen = item("orders")["seen"]
    looks += [change(account, "disconnect", endpoint=ENDPOINT), sweep(account)]
    counted = [each.value for each in account.metrics.of("PrivateConnection", "StrangerRequests", {"Stack": STACK})]
    return looks, seen, counted, account.snapshot.foreign_changes()


def test_a_stranger_is_told_as_a_finding_too_is_counted_and_is_never_accepted(ground: Holder[Account]) -> None:
    looks, seen, counted, foreign = ground.ask(strange)
    assert [(each["owner"], each["state"]) for each in seen] == [(ACCOUNT, "pendingacceptance")]
    assert foreign == []
    kinds = [[kind for kind, _ in told] for told, _ in looks]
    assert kinds == [["Connection Changed", "Findings Changed"], ["Findings Changed"], ["Connection Changed"]]
    assert counted == [1, 0, 0]
    (_, came), (_, found) = looks[0][0]
    assert came["endpoints"][0]["stranger"] is True
    assert [(each["code"], each["node"]) for each in found["added"]] == [("STRANGER_CONNECTED", "orders-001")]
    assert [each["code"] for each in looks[1][0][0][1]["gone"]] == ["STRANGER_CONNECTED"]
