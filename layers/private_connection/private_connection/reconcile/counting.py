"""What a sweep counts of the drift that it found, for its metrics. The codes that count as what are named here."""

from collections.abc import Iterable
from typing import Final

from private_connection.contracts import Contract
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.drift import Drift

UNHEALTHY: Final[frozenset[DriftCode]] = frozenset(
    {"NODE_UNHEALTHY", "NODE_UNAVAILABLE", "CLUSTER_UNAVAILABLE", "CLUSTER_GONE"}
)
"""Nobody reaches the node, and no run changes that. A whole cluster counts as one node."""
STRANGERS: Final[frozenset[DriftCode]] = frozenset({"STRANGER_CONNECTED"})


class Counted(Contract):
    unhealthy_nodes: int
    """How many nodes nobody reaches, and no run changes that; of connections that are left over too."""
    stranger_requests: int
    """To how many services an account other than Ververica's is connected, or asks to be; likewise."""


def counted(drifts: Iterable[Iterable[Drift]]) -> dict[str, int]:
    """The fields of `Counted` for what has drifted of several connections."""
    found = [list(each) for each in drifts]
    return {
        "unhealthy_nodes": sum(map(unhealthy_nodes, found)),
        "stranger_requests": sum(map(stranger_requests, found)),
    }


def unhealthy_nodes(drift: Iterable[Drift]) -> int:
    """How many nodes of a connection nobody reaches."""
    return len({each.node for each in drift if each.code in UNHEALTHY})


def stranger_requests(drift: Iterable[Drift]) -> int:
    """To how many services of a connection an account other than Ververica's is connected, or asks to be."""
    return len({each.node for each in drift if each.code in STRANGERS})
