"""What a sweep counts of the drift that it found, for its metrics. The codes that count as what are named here.

An alarm that a sweep raises is over when a sweep counts none. So what was told before, and what this sweep cannot look
at, counts as before: while a run works on a connection, and where other drift of it is about to be repaired.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from private_connection.contracts import Contract
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.compared import Compared
from private_connection.reconcile.connected import asked_for
from private_connection.reconcile.drift import Drift
from private_connection.registry.entries import Entry
from private_connection.registry.repair_runs import is_failing

UNHEALTHY: Final[frozenset[DriftCode]] = frozenset(
    {"NODE_UNHEALTHY", "NODE_UNAVAILABLE", "CLUSTER_UNAVAILABLE", "CLUSTER_GONE"}
)
"""Nobody reaches the node, and no run changes that. A whole cluster counts as one node."""
DOWN: Final[DriftCode] = "NODE_UNHEALTHY"
"""The one of them that only a close look finds."""
STRANGERS: Final[frozenset[DriftCode]] = frozenset({"STRANGER_CONNECTED"})


class Counted(Contract):
    unhealthy_nodes: int
    """How many nodes nobody reaches, and no run changes that; of connections that are left over too. Those that were so
    when they were last looked at are among them, where this sweep does not look.
    """
    stranger_requests: int
    """To how many services an account other than Ververica's is connected, or asks to be; of connections that are left
    over too.
    """
    repairs_failed: int
    """How many of the connections that are left to a run have a last repair that failed."""


def counted(
    compared: Iterable[Compared], looked_at: Collection[tuple[str, str]], busy: Iterable[Entry]
) -> dict[str, Any]:
    """The fields of `Counted`. ``looked_at`` are nodes that are counted by who looks at them closely, each with its
    connection; ``busy`` has the connections that a run works on.
    """
    seen, left = list(compared), list(busy)
    before = sum(unhealthy_before(each, looked_at) for each in seen)
    working = sum(len({one.node for one in each.told if one.code in UNHEALTHY}) for each in left)
    return {
        "unhealthy_nodes": sum(unhealthy_nodes(each.drift) for each in seen) + before + working,
        "stranger_requests": sum(stranger_requests(each.drift) for each in seen),
        "repairs_failed": sum(is_failing(each) for each in left if asked_for(each) == "repair"),
    }


def unhealthy_before(compared: Compared, looked_at: Collection[tuple[str, str]]) -> int:
    """How many more nodes of a connection nobody reached when they were last looked at. A cluster that is down as a
    whole is counted already.
    """
    connection = compared.connection
    found = {each.node for each in compared.drift if each.code in UNHEALTHY}
    offered = {each.node for each in connection.handoff.endpoints} - found
    down = {each.node for each in connection.told if each.code == DOWN and each.node in offered}
    return 0 if None in found else sum((connection.name, str(node)) not in looked_at for node in down)


def unhealthy_nodes(drift: Iterable[Drift]) -> int:
    """How many nodes of a connection nobody reaches."""
    return len({each.node for each in drift if each.code in UNHEALTHY})


def stranger_requests(drift: Iterable[Drift]) -> int:
    """To how many services of a connection an account other than Ververica's is connected, or asks to be."""
    return len({each.node for each in drift if each.code in STRANGERS})
