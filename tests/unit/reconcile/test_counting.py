"""What counts as what in a sweep's metrics."""

import pytest

from private_connection.reconcile.codes import TREATMENTS, DriftCode
from private_connection.reconcile.counting import STRANGERS, UNHEALTHY, stranger_requests, unhealthy_nodes
from private_connection.reconcile.drift import Drift


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


def test_what_is_repaired_is_drift_and_neither_of_the_two() -> None:
    assert {TREATMENTS[code] for code in (*UNHEALTHY, *STRANGERS)} == {"reported"}
