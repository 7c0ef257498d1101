"""The vendor's Terraform module as Terraform would apply it, and the health wait that it lacks.

Two applies, because a node's address is looked up between them: the cluster, then everything else. In an apply, ten
resources are worked on at once, each as soon as what it needs is there ("terraform apply", -parallelism); a resource
is made, waited for as the AWS provider waits for it, and read back. Nothing overlaps with the cluster's creation.

The provider looks at a replication group and a load balancer first after 30 s, then every 10 s (terraform-provider-aws,
internal/service/elasticache and elbv2, wait). Left out, in Terraform's favour: starting up, planning, refreshing.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.by_hand import PORT, Endpoint, Hands, Node, until
from bench.cases import Case
from sandbox.clock import VirtualClock

AT_ONCE: Final = 10
FIRST, EVERY = 30.0, 10.0
SERVICE_EVERY: Final = 5.0
ROLE_EVERY: Final = 1.0
HEALTH_EVERY: Final = 15.0
ATTEMPTS: Final = 25
"""Times that the provider sends a request ("max_retries")."""


@dataclass(frozen=True)
class Resource:
    """A vertex of the graph; its work is given what the resources that it needs came to."""

    needs: tuple[str, ...]
    work: Callable[[Mapping[str, str]], str | None]


def apply(clock: VirtualClock, resources: Mapping[str, Resource]) -> dict[str, str]:
    """Walk the graph on leaves of the clock, in order where there is a choice."""
    waiting, made = dict(resources), dict[str, str]()
    while len(made) < len(resources):
        running = len(resources) - len(waiting) - len(made)
        for name in [name for name, each in waiting.items() if made.keys() >= set(each.needs)][: AT_ONCE - running]:
            clock.start(_worker(name, waiting.pop(name), made))
        before = len(made)
        clock.wait(lambda before=before: len(made) > before)  # type: ignore[misc]  # mypy infers no lambda that has a default
    return made


def _worker(name: str, resource: Resource, made: dict[str, str]) -> Callable[[], None]:
    def work() -> None:
        made[name] = resource.work(made) or ""

    return work


def connect(case: Case, hands: Hands, clock: VirtualClock) -> list[Endpoint]:
    if case.mode == "create":
        apply(clock, _cluster(case, hands))
    nodes = hands.look_up_nodes()
    rule = Resource((), lambda _: hands.open_security_group())
    made = apply(clock, {"rule": rule} | _role(hands) | _nodes(hands, nodes))
    _wait_for_health(hands, [made[f"{node.name}/target group"] for node in nodes])
    return [Endpoint(node.name, node.endpoint, PORT, made[f"{node.name}/service"].split()[1]) for node in nodes]


def _cluster(case: Case, hands: Hands) -> dict[str, Resource]:
    def cluster(_: Mapping[str, str]) -> None:
        hands.create_cluster(case)
        until(hands.cluster_available, EVERY, first=FIRST)

    subnets = Resource((), lambda _: hands.create_subnet_group())
    return {"subnet group": subnets, "cluster": Resource(("subnet group",), cluster)}


def _role(hands: Hands) -> dict[str, Resource]:
    def role(_: Mapping[str, str]) -> None:
        hands.create_role()
        until(hands.role_exists, ROLE_EVERY)

    policy = Resource(("role",), lambda _: hands.put_role_policy())
    return {"role": Resource((), role), "role policy": policy}


def _nodes(hands: Hands, nodes: Sequence[Node]) -> dict[str, Resource]:
    each_node = [_node(hands, node) for node in nodes]
    # Terraform walks resource by resource, each with all its instances
    return {name: each for kind in zip(*(found.items() for found in each_node), strict=True) for name, each in kind}


def _node(hands: Hands, node: Node) -> dict[str, Resource]:
    group, balancer, service = (f"{node.name}/{kind}" for kind in ("target group", "load balancer", "service"))

    def attach(made: Mapping[str, str]) -> None:
        hands.register(node, made[group])
        hands.healthy(made[group])

    return {
        group: Resource((), lambda _: _target_group(hands, node)),
        balancer: Resource((), lambda _: _load_balancer(hands, node)),
        f"{node.name}/attachment": Resource((group,), attach),
        f"{node.name}/listener": Resource(
            (group, balancer), lambda made: _listener(hands, made[balancer], made[group])
        ),
        service: Resource((balancer,), lambda made: _service(hands, made[balancer])),
        f"{node.name}/principal": Resource((service,), lambda made: _principal(hands, made[service].split()[0])),
    }


def _target_group(hands: Hands, node: Node) -> str:
    arn = hands.create_target_group(node)
    hands.elbv2.modify_target_group_attributes(
        TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "300"}]
    )
    hands.elbv2.describe_target_groups(TargetGroupArns=[arn])
    hands.elbv2.describe_target_group_attributes(TargetGroupArn=arn)
    hands.elbv2.describe_tags(ResourceArns=[arn])
    return arn


def _load_balancer(hands: Hands, node: Node) -> str:
    arn = hands.create_load_balancer(node)
    until(lambda: hands.load_balancer_active(arn), EVERY, first=FIRST)
    hands.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    )
    hands.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)
    hands.elbv2.describe_tags(ResourceArns=[arn])
    return arn


def _listener(hands: Hands, balancer: str, group: str) -> str:
    arn = hands.create_listener(balancer, group)
    hands.elbv2.describe_listeners(ListenerArns=[arn])
    hands.elbv2.describe_tags(ResourceArns=[arn])
    return arn


def _service(hands: Hands, balancer: str) -> str:
    service_id, service_name = hands.create_endpoint_service(balancer)
    until(lambda: hands.service_available(service_id), SERVICE_EVERY)
    hands.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service_id)
    return f"{service_id} {service_name}"


def _principal(hands: Hands, service_id: str) -> None:
    hands.allow_principal(service_id)
    hands.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service_id)


def _wait_for_health(hands: Hands, target_groups: Sequence[str]) -> None:
    """As a script beside Terraform would: all those that are not healthy yet, again and again."""
    pending = list(target_groups)
    while pending:
        pending = [each for each in pending if not hands.healthy(each)]
        if pending:
            time.sleep(HEALTH_EVERY)
