"""Target health: whether the nodes are reachable through their load balancers, all of them checked by one function.

A Network Load Balancer sends traffic even when all its targets are unhealthy (it fails open), so a connection that
works does not prove health; only the state that ELB reports does.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from private_connection import clients
from private_connection.contracts import Contract, Port
from private_connection.errors import doing
from private_connection.paths.load_balancer_descriptions import SERVING, describe_load_balancers, require_not_failed

UNHEALTHY_AT_MOST = 3
"""Check target health stops after this many unhealthy nodes. That keeps it to a few calls while most nodes wait, and
still notices nodes that have turned healthy.
"""


class Target(Contract):
    """A node's address with the target group that it is registered in and the load balancer in front."""

    node: str
    ip_address: str
    port: Port
    target_group_arn: str
    load_balancer_arn: str


class CheckTargetHealth(Contract):
    targets: tuple[Target, ...]
    pending: tuple[str, ...]
    """The nodes that were not healthy in any check of this run yet, in the order in which to check them."""
    inactive: tuple[str, ...]
    """The load balancers that were not active in any check of this run yet."""


class TargetsState(Contract):
    ready: bool
    pending: tuple[str, ...]
    inactive: tuple[str, ...]
    reason: str | None


def check_target_health(request: CheckTargetHealth) -> TargetsState:
    """Checks the load balancers until each was active once, then the nodes until each was healthy once.

    It stops after three nodes that are not healthy; the next call begins with the nodes that this one did not reach.
    When all have been healthy, it looks at the load balancers again: a healthy node without one reaches nobody. Raises
    `AwsRejected` if a load balancer failed, `NotYetConsistent` if ELB does not list one.
    """
    inactive, reason = _inactive(request.inactive)
    if inactive:
        return TargetsState(ready=False, pending=request.pending, inactive=inactive, reason=reason)
    by_node = {target.node: target for target in request.targets}
    met = list(islice(find_unhealthy([by_node[node] for node in request.pending]), UNHEALTHY_AT_MOST))
    after = _after(request.pending, met[-1][0]) if len(met) == UNHEALTHY_AT_MOST else ()
    pending = (*after, *(node for node, _ in met))
    if pending:
        return TargetsState(ready=False, pending=pending, inactive=(), reason=met[0][1] if met else None)
    inactive, reason = _inactive([target.load_balancer_arn for target in request.targets])
    return TargetsState(ready=not inactive, pending=(), inactive=inactive, reason=reason)


def _inactive(arns: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """The load balancers that are not active yet, and the first one's state as a sentence."""
    balancers = describe_load_balancers(arns)
    for balancer in balancers:
        require_not_failed(balancer)
    waiting = [balancer for balancer in balancers if balancer.state not in SERVING]
    reason = next((f"load balancer {balancer.name} is {balancer.state}" for balancer in waiting), None)
    return tuple(balancer.arn for balancer in waiting), reason


def _after(nodes: Sequence[str], node: str) -> Sequence[str]:
    """The nodes that follow ``node``, which a check that stopped there did not reach."""
    return nodes[nodes.index(node) + 1 :]


def find_unhealthy(targets: Sequence[Target]) -> Iterator[tuple[str, str]]:
    """Each node that is not healthy, with its state and reason code. A node is looked up only when the caller asks."""
    for target in targets:
        state, reason = _health(target)
        if state != "healthy":
            yield target.node, f"{state} ({reason})" if reason else state


def _health(target: Target) -> tuple[str, str]:
    with doing("looking up the health of node", target.node, not_yet=("TargetGroupNotFound", "InvalidTarget")):
        found = clients.elbv2().describe_target_health(
            TargetGroupArn=target.target_group_arn, Targets=[{"Id": target.ip_address, "Port": target.port}]
        )["TargetHealthDescriptions"]
    health = found[0]["TargetHealth"] if found else {"State": "unused", "Reason": "Target.NotRegistered"}
    return health["State"], health.get("Reason", "")
