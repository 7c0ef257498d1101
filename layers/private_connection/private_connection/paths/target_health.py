"""Are the nodes reachable through their load balancers? One look at all of them, cheap while the answer is no.

A Network Load Balancer sends traffic even when all its targets are unhealthy (it fails open), so a connection that
works proves nothing: the health that ELB reports does.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from private_connection import clients
from private_connection.contracts import CheckTargetHealth, Target, TargetsState
from private_connection.errors import TargetsNeverHealthy, doing
from private_connection.paths.load_balancers import SERVING, describe_load_balancers, require_not_failed

NOT_ADMITTED = "look at the security group: it must admit the load balancer's subnet on the node port"
ADVICE = {
    "Target.NotInUse": "its zone is not enabled on its load balancer, or no listener forwards to the target group",
    "Target.FailedHealthChecks": NOT_ADMITTED,
    "Target.Timeout": NOT_ADMITTED,
    "Target.IpUnusable": "the address belongs to a load balancer",
    "Elb.RegistrationInProgress": "ELB has not begun to check it; look at the listener and the load balancer's state",
    "Elb.InitialHealthChecking": "its checks have not passed yet; look at the security group and at the node",
}
OTHERWISE = "look at the security group, the zone and the listener"
NAMED_AT_MOST = 50
MET_AT_MOST = 3
"""Nodes that are not healthy in one look: few enough to be cheap, enough to find out who is meanwhile."""


def check_target_health(request: CheckTargetHealth) -> TargetsState:
    """Looks at the nodes that were not seen healthy yet, and stops when it has met three that are not.

    ``ready`` is said when each has been seen healthy. The verdict (``final``) looks at all of them and raises
    `TargetsNeverHealthy`, naming each node that is not healthy with its state and reason.
    """
    if request.final:
        _judge(list(_unhealthy(request.targets)))
        return TargetsState(ready=True, balancers_active=True, pending=(), reason=None)
    pending = _pending(request)
    reason = None if request.balancers_active else _pending_load_balancer(request.targets)
    if reason is not None:
        return TargetsState(ready=False, balancers_active=False, pending=_names(pending), reason=reason)
    met = list(islice(_unhealthy(pending), MET_AT_MOST))
    after = _after(pending, met[-1][0]) if len(met) == MET_AT_MOST else []
    left = (*_names(after), *(node for node, _ in met))
    return TargetsState(ready=not left, balancers_active=True, pending=left, reason=met[0][1] if met else None)


def _pending(request: CheckTargetHealth) -> list[Target]:
    by_node = {target.node: target for target in request.targets}
    return [by_node[node] for node in (by_node if request.pending is None else request.pending)]


def _names(targets: Sequence[Target]) -> tuple[str, ...]:
    return tuple(target.node for target in targets)


def _after(targets: Sequence[Target], node: str) -> Sequence[Target]:
    """What comes behind a node, which is where a look that met enough has not come to."""
    return targets[[target.node for target in targets].index(node) + 1 :]


def _pending_load_balancer(targets: Sequence[Target]) -> str | None:
    """What a load balancer that is not active yet is doing. Raises `AwsRejected` if one failed."""
    balancers = describe_load_balancers([target.load_balancer_arn for target in targets])
    for balancer in balancers:
        require_not_failed(balancer)
    waiting = (balancer for balancer in balancers if balancer.state not in SERVING)
    return next((f"load balancer {balancer.name} is {balancer.state}" for balancer in waiting), None)


def _unhealthy(targets: Sequence[Target]) -> Iterator[tuple[str, str]]:
    """Each node that is not healthy, with its state and reason code, looked up one by one as they are asked for."""
    for target in targets:
        state, reason = _health(target)
        if state != "healthy":
            yield target.node, f"{state} ({reason})" if reason else state


def _health(target: Target) -> tuple[str, str]:
    with doing("looking up the health of node", target.node, not_yet=("TargetGroupNotFound",)):
        found = clients.elbv2().describe_target_health(
            TargetGroupArn=target.target_group_arn, Targets=[{"Id": target.ip_address, "Port": target.port}]
        )["TargetHealthDescriptions"]
    health = found[0]["TargetHealth"] if found else {"State": "unused", "Reason": "Target.NotRegistered"}
    return health["State"], health.get("Reason", "")


def _judge(unhealthy: Sequence[tuple[str, str]]) -> None:
    if not unhealthy:
        return
    named = [f"{node}: {state}: {_advice(state)}" for node, state in unhealthy[:NAMED_AT_MOST]]
    more = len(unhealthy) - len(named)
    raise TargetsNeverHealthy(
        f"waiting for targets ({len(unhealthy)} not healthy): "
        + " | ".join(named)
        + (f" | and {more} more" if more else "")
    )


def _advice(state: str) -> str:
    return next((advice for reason, advice in ADVICE.items() if reason in state), OTHERWISE)
