"""Target health: whether the nodes are reachable through their load balancers, all of them checked by one function.

A Network Load Balancer sends traffic even when all its targets are unhealthy (it fails open), so a connection that
works does not prove health; only the state that ELB reports does.

A run waits for the nodes that it has changed something of, or that are not offered yet. One that was offered before is
offered still, whatever becomes of the run: it is looked at once, and one that is not healthy is told.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from private_connection import clients
from private_connection.contracts import Contract, Port
from private_connection.errors import NAMED_AT_MOST, NotYetConsistent, doing
from private_connection.paths.endpoint_services import require_available
from private_connection.paths.load_balancer_descriptions import SERVING, describe_load_balancers, require_not_failed
from private_connection.request.findings import Finding, finding

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
    settled: bool
    """Whether it is offered already and this run has changed nothing of it. Until services are made, none is."""
    waiting_for: str | None
    """The id of its endpoint service, while that is not known to be available."""


class CheckTargetHealth(Contract):
    targets: tuple[Target, ...]
    pending: tuple[str, ...]
    """The nodes to wait for that were not healthy in any check of this run yet, in the order in which to check them."""
    inactive: tuple[str, ...] | None
    """The load balancers that were not active in any check of this run yet; null for all of them."""


class TargetsState(Contract):
    ready: bool
    pending: tuple[str, ...]
    inactive: tuple[str, ...]
    reason: str | None
    findings: tuple[Finding, ...]
    """What ails the settled nodes, once nothing has to be waited for."""


def check_target_health(request: CheckTargetHealth) -> TargetsState:
    """Checks the load balancers until each was active once, then the pending nodes until each was healthy once.

    It stops after three nodes that are not healthy; the next call begins with the nodes that this one did not reach.
    When all have been healthy, it looks at the load balancers again: a healthy node without one reaches nobody. Then it
    looks at the settled nodes. Raises `AwsRejected` if a load balancer or an endpoint service failed, and
    `NotYetConsistent` if ELB does not list one, or, when all else is ready, until every service is available: EC2
    refuses a consumer that comes earlier.
    """
    every = [target.load_balancer_arn for target in request.targets]
    inactive, reason = _inactive(every if request.inactive is None else request.inactive)
    if inactive:
        return _waiting(request.pending, inactive, reason)
    by_node = {target.node: target for target in request.targets}
    met = list(islice(find_unhealthy([by_node[node] for node in request.pending]), UNHEALTHY_AT_MOST))
    after = _after(request.pending, met[-1][0]) if len(met) == UNHEALTHY_AT_MOST else ()
    pending = (*after, *(node for node, _ in met))
    if pending:
        return _waiting(pending, (), met[0][1] if met else None)
    inactive, reason = _inactive(every)
    if inactive:
        return _waiting((), inactive, reason)
    require_available([target.waiting_for for target in request.targets if target.waiting_for is not None])
    return ready_state(request.targets)


def ready_state(targets: Sequence[Target]) -> TargetsState:
    """The state in which nothing is waited for any more, with what ails the settled nodes."""
    findings = _not_healthy([target for target in targets if target.settled])
    return TargetsState(ready=True, pending=(), inactive=(), reason=None, findings=tuple(findings))


def _waiting(pending: Sequence[str], inactive: Sequence[str], reason: str | None) -> TargetsState:
    return TargetsState(ready=False, pending=tuple(pending), inactive=tuple(inactive), reason=reason, findings=())


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


def _not_healthy(settled: Sequence[Target]) -> Iterator[Finding]:
    """One finding for all of them. Reading it is retried like any call, but waits for nothing."""
    states = [each for target in settled for each in _seen(target)]
    if states:
        named = "; ".join(f"{node}: {state}" for node, state in states[:NAMED_AT_MOST])
        more = f" and {len(states) - NAMED_AT_MOST} more" if len(states) > NAMED_AT_MOST else ""
        yield finding(
            "NODE_UNHEALTHY",
            "cluster.id",
            f"nodes that were offered before and are not healthy now ({named}{more})",
            "every node healthy behind its load balancer",
            "look at the node in ElastiCache: its state, its events, and whether it is being replaced; it stays "
            "offered, and clients reach it again as soon as it answers",
        )


def _seen(target: Target) -> Iterator[tuple[str, str]]:
    try:
        yield from find_unhealthy([target])
    except NotYetConsistent as error:
        yield target.node, str(error)


def _health(target: Target) -> tuple[str, str]:
    with doing("looking up the health of node", target.node, not_yet=("TargetGroupNotFound", "InvalidTarget")):
        found = clients.elbv2().describe_target_health(
            TargetGroupArn=target.target_group_arn, Targets=[{"Id": target.ip_address, "Port": target.port}]
        )["TargetHealthDescriptions"]
    health = found[0]["TargetHealth"] if found else {"State": "unused", "Reason": "Target.NotRegistered"}
    return health["State"], health.get("Reason", "")
