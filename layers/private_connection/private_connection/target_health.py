"""Are the nodes reachable through their load balancers? One look at all of them, cheap while the answer is no.

A Network Load Balancer sends traffic even when all its targets are unhealthy (it fails open), so a connection that
works proves nothing: the health that ELB reports does.
"""

from collections.abc import Iterator, Sequence

from private_connection import clients
from private_connection.contracts import CheckTargetHealth, Target, TargetsState
from private_connection.errors import TargetsNeverHealthy, doing
from private_connection.load_balancers import SERVING, describe_load_balancers, require_not_failed

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


def check_target_health(request: CheckTargetHealth) -> TargetsState:
    """Stops at the first node that is not healthy, and begins with the one that the last look stopped at.

    ``ready`` is said only after a look that found every node healthy. The verdict (``final``) looks at all of them and
    raises `TargetsNeverHealthy`, naming each node that is not healthy with its state and reason.
    """
    targets = _starting_with(request.start_with, request.targets)
    if request.final:
        _judge(list(_unhealthy(targets)))
        return TargetsState(ready=True, balancers_active=True, waiting_for=None, reason=None)
    pending = None if request.balancers_active else _pending_load_balancer(targets)
    active = pending is None
    node, reason = pending or next(_unhealthy(targets), (None, None))
    return TargetsState(ready=node is None, balancers_active=active, waiting_for=node, reason=reason)


def _starting_with(node: str | None, targets: Sequence[Target]) -> list[Target]:
    first = next((index for index, target in enumerate(targets) if target.node == node), 0)
    return [*targets[first:], *targets[:first]]


def _pending_load_balancer(targets: Sequence[Target]) -> tuple[str, str] | None:
    """A node whose load balancer is not active yet. Raises `AwsRejected` if one failed."""
    by_arn = {target.load_balancer_arn: target.node for target in targets}
    balancers = describe_load_balancers(list(by_arn))
    for balancer in balancers:
        require_not_failed(balancer)
    waiting = (balancer for balancer in balancers if balancer.state not in SERVING)
    return next(((by_arn[balancer.arn], f"load balancer is {balancer.state}") for balancer in waiting), None)


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
