"""Whether a resource exists, by its ARN, for the types that requests name."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.elasticache.state import State


def exists(service: str, region: str, arn: str) -> bool:
    """True also for a type that LOOKS does not have, and for the pattern that stands for all of a type."""
    resource = arn.split(":", 5)[5]
    if resource.endswith("*"):
        return True
    kind, _, name = resource.replace(":", "/", 1).partition("/")
    look = LOOKS.get((service, kind))
    return look is None or look(region, arn if service == "elbv2" else name)


def _group(region: str, name: str) -> bool:
    return any(name in groups for groups in list(backend("ec2", region).groups.values()))


def _rule(region: str, name: str) -> bool:
    groups = [each for groups in list(backend("ec2", region).groups.values()) for each in groups.values()]
    return any(rule.id == name for each in groups for rule in (*each.ingress_rules, *each.egress_rules))


def _service(region: str, name: str) -> bool:
    found = services(region).get(name)
    return found is not None and found.deleted_at is None


def _balancing(kind: str) -> Callable[[str, str], bool]:
    return lambda region, arn: arn in getattr(backend("elbv2", region), kind)


def _listener(region: str, arn: str) -> bool:
    return any(arn in each.listeners for each in list(backend("elbv2", region).load_balancers.values()))


def _cached(held: Callable[[State], Mapping[str, Any]]) -> Callable[[str, str], bool]:
    return lambda region, name: name in held(State(region))


LOOKS: Final[Mapping[tuple[str, str], Callable[[str, str], bool]]] = {
    ("ec2", "security-group"): _group,
    ("ec2", "security-group-rule"): _rule,
    ("ec2", "vpc-endpoint-service"): _service,
    ("elbv2", "loadbalancer"): _balancing("load_balancers"),
    ("elbv2", "targetgroup"): _balancing("target_groups"),
    ("elbv2", "listener"): _listener,
    ("elasticache", "replicationgroup"): _cached(lambda state: state.groups),
    ("elasticache", "cluster"): _cached(lambda state: state.clusters),
    ("elasticache", "subnetgroup"): _cached(lambda state: state.subnet_groups),
    ("elasticache", "usergroup"): _cached(lambda state: state.user_groups),
    ("elasticache", "serverlesscache"): _cached(lambda state: state.serverless),
}
