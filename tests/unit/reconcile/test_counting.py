"""What counts as what in a sweep's metrics."""

from dataclasses import replace
from typing import Final

import pytest

from private_connection.reconcile.codes import TREATMENTS, DriftCode
from private_connection.reconcile.compared import Compared
from private_connection.reconcile.counting import STRANGERS, UNHEALTHY, counted, stranger_requests, unhealthy_nodes
from private_connection.reconcile.drift import Drift
from private_connection.registry.entries import RepairRun
from private_connection.registry.sightings import Told
from private_connection.registry.table import written
from tests.unit.reconcile.made import FIRST, NAME, NOW, SECOND, a_connected, a_handoff, an_entry, asked


def drift(*codes: tuple[DriftCode, str | None]) -> list[Drift]:
    return [Drift(code=code, node=node) for code, node in codes]


@pytest.mark.parametrize(
    ("found", "unhealthy", "strangers"),
    [
        (drift(), 0, 0),
        (drift(("NODE_UNAVAILABLE", "a"), ("NODE_UNAVAILABLE", "b")), 2, 0),
        (drift(("NODE_UNAVAILABLE", "a"), ("STRANGER_CONNECTED", "a")), 1, 1),
        (drift(("NODE_UNHEALTHY", "a"), ("PRINCIPAL_GONE", "a")), 1, 0),
        (drift(("CLUSTER_GONE", None)), 1, 0),
        (drift(("CLUSTER_UNAVAILABLE", None)), 1, 0),
        (drift(("STRANGER_CONNECTED", "a"), ("STRANGER_CONNECTED", "b")), 0, 2),
        (drift(("ADDRESS_CHANGED", "a"), ("RULE_GONE", None)), 0, 0),
    ],
)
def test_nodes_are_counted_once_each(found: list[Drift], unhealthy: int, strangers: int) -> None:
    assert (unhealthy_nodes(found), stranger_requests(found)) == (unhealthy, strangers)


DOWN: Final = Told(code="NODE_UNHEALTHY", node=FIRST)


def a_look(found: list[Drift], told: tuple[Told, ...]) -> Compared:
    return Compared(replace(a_connected(a_handoff()), told=told), "repair", tuple(found))


OTHERS: Final = (Told(code="NODE_UNAVAILABLE", node=SECOND), Told(code="TARGET_GONE", node=SECOND))
BEFORE: Final[dict[str, tuple[list[Drift], tuple[Told, ...], set[tuple[str, str]], int]]] = {
    "not looked at": ([], (DOWN,), set(), 1),
    "looked at": ([], (DOWN,), {(NAME, FIRST)}, 0),
    "others looked at": ([], (DOWN,), {("others", FIRST), (NAME, SECOND)}, 1),
    "other drift": (drift(("RULE_GONE", None)), (DOWN,), set(), 1),
    "unavailable by now": (drift(("NODE_UNAVAILABLE", FIRST)), (DOWN,), set(), 1),
    "another one unavailable": (drift(("NODE_UNAVAILABLE", SECOND)), (DOWN,), set(), 2),
    "no cluster": (drift(("CLUSTER_GONE", None)), (DOWN,), set(), 1),
    "what every sweep sees": ([], (DOWN, *OTHERS), set(), 1),
    "not offered any more": ([], (Told(code="NODE_UNHEALTHY", node="redis-demo-009"),), set(), 0),
    "nothing told": ([], (), set(), 0),
}


@pytest.mark.parametrize("case", BEFORE)
def test_a_node_that_was_down_counts_until_it_is_looked_at(case: str) -> None:
    found, told, looked_at, unhealthy = BEFORE[case]
    assert counted([a_look(found, told)], looked_at, [])["unhealthy_nodes"] == unhealthy


FAILED: Final = RepairRun(execution="arn", at=written(NOW), drift=("RULE_GONE",), failed=True)


@pytest.mark.parametrize(
    ("mode", "repairs", "failing"),
    [
        ("repair", (FAILED,), 1),
        ("report", (FAILED,), 0),
        ("repair", (FAILED, FAILED.model_copy(update={"failed": False})), 0),
    ],
)
def test_what_a_run_works_on_counts_as_it_was(mode: str, repairs: tuple[RepairRun, ...], failing: int) -> None:
    told = (DOWN, Told(code="CLUSTER_UNAVAILABLE"), Told(code="STRANGER_CONNECTED", node=FIRST))
    busy = an_entry(told=told, repairs=repairs, request=asked(reconcile=mode))
    assert counted([], set(), [busy]) == {"unhealthy_nodes": 2, "stranger_requests": 0, "repairs_failed": failing}


def test_what_is_repaired_is_drift_and_neither_of_the_two() -> None:
    assert {TREATMENTS[code] for code in (*UNHEALTHY, *STRANGERS)} == {"reported"}
