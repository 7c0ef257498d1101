"""The step Judge target health: which nodes are not healthy after all the waiting, and where to look.

The rule in the security group is the run's own work, and so are the listener and the zone. What the run has no hand in
is the node: so its state in ElastiCache is read, and told beside what Elastic Load Balancing says.
"""

from collections.abc import Sequence

from private_connection.cluster.clusters import find_cache_cluster
from private_connection.contracts import Contract
from private_connection.errors import NAMED_AT_MOST, AwsRejected, TargetsNeverHealthy
from private_connection.paths.load_balancer_descriptions import describe_load_balancers
from private_connection.paths.target_health import Target, TargetsState, find_unhealthy, ready_state

NODE_FIRST = (
    "this run has seen to it that the security group admits the load balancer, so look at the node first, then at the "
    "network ACLs of the subnets"
)
ADVICE = {
    "Target.NotInUse": "its zone is not enabled on its load balancer, or no listener forwards to the target group",
    "Target.FailedHealthChecks": NODE_FIRST,
    "Target.Timeout": NODE_FIRST,
    "Target.IpUnusable": "the address belongs to a load balancer",
    "Elb.RegistrationInProgress": "ELB has not begun to check it; look at the listener and the load balancer's state",
    "Elb.InitialHealthChecking": "its checks have not passed yet; look at the node",
}
OTHERWISE = "look at the node, the zone and the listener"
LOOKED_AT = 3
"""Nodes whose state is read; what ails more of them is likely the same."""


class JudgeTargetHealth(Contract):
    targets: tuple[Target, ...]
    inactive: tuple[str, ...]
    """The load balancers that were not active when the limit was reached: no service was made for any node then."""


def judge_target_health(request: JudgeTargetHealth) -> TargetsState:
    """Checks every node that the run waited for, and says that nothing has to be waited for any more.

    Raises `TargetsNeverHealthy` naming each that is not healthy, with its state and reason, or the load balancers that
    were not active in time.
    """
    if request.inactive:
        raise TargetsNeverHealthy(_not_active(request.inactive))
    unhealthy = list(find_unhealthy([each for each in request.targets if not each.settled]))
    if not unhealthy:
        return ready_state(request.targets)
    named = [f"{node}: {state}: {_advice(state)}" for node, state in unhealthy[:NAMED_AT_MOST]]
    told = [each + _in_elasticache(node) for each, (node, _) in zip(named[:LOOKED_AT], unhealthy, strict=False)]
    shown = _joined([*told, *named[LOOKED_AT:]], len(unhealthy))
    raise TargetsNeverHealthy(f"waiting for targets ({len(unhealthy)} not healthy): {shown}")


def _not_active(arns: Sequence[str]) -> str:
    named = [f"{each.name}: {each.state}" for each in describe_load_balancers(arns[:NAMED_AT_MOST])]
    remedy = "start the run again, or raise TargetLimitSeconds if Elastic Load Balancing takes longer here"
    return f"waiting for load balancers ({len(arns)} not active in time): {_joined(named, len(arns))}; {remedy}"


def _joined(named: Sequence[str], of_all: int) -> str:
    more = of_all - len(named)
    return " | ".join(named) + (f" | and {more} more" if more else "")


def _advice(state: str) -> str:
    return next((advice for reason, advice in ADVICE.items() if reason in state), OTHERWISE)


def _in_elasticache(node: str) -> str:
    """What ElastiCache says of a node, and how its events are read; nothing if AWS refuses the look."""
    try:
        found = find_cache_cluster(node)
    except AwsRejected:
        return ""
    state = f"shows it as {found.status}" if found is not None else "does not list it any more"
    events = f"aws elasticache describe-events --source-type cache-cluster --source-identifier {node} --duration 1440"
    return f"; ElastiCache {state}; its events: {events}"
