"""Lays the load balancers, target groups and endpoint services of a world."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from math import inf
from typing import Any

from moto.moto_api._internal import mock_random

from sandbox.conditions import Conditions
from sandbox.services.common import backend, tag_list
from sandbox.services.ec2.endpoint_services import Connection, EndpointService, services, zones_of
from sandbox.services.elbv2 import balancers
from sandbox.services.elbv2.state import BalancerLife, Registration, timeline
from sandbox.services.elbv2.target_groups import complete
from sandbox.world.model import EndpointServiceSpec, LoadBalancerSpec, TargetGroupSpec, World
from sandbox.world.network import only_vpc


def lay(world: World, conditions: Conditions) -> None:
    elbv2 = backend("elbv2", world.region)
    groups = {spec.name: _lay_target_group(elbv2, spec) for spec in world.target_groups}
    made = {spec.name: _lay_load_balancer(elbv2, spec, groups, conditions) for spec in world.load_balancers}
    for service in world.endpoint_services:
        if service.load_balancer not in made:
            raise ValueError(f"an endpoint service names the load balancer {service.load_balancer}, which is not there")
        _lay_endpoint_service(world.region, service, made[service.load_balancer], conditions)


def _lay_target_group(elbv2: Any, spec: TargetGroupSpec) -> Any:
    vpc_id = spec.vpc or only_vpc(elbv2.ec2_backend)
    group = elbv2.create_target_group(
        spec.name, vpc_id=vpc_id, protocol="TCP", port=spec.port, target_type="ip", tags=tag_list(spec.tags)
    )
    complete(group, {"Protocol": "TCP", "Port": spec.port, "VpcId": vpc_id, "TargetType": "ip", **_checks(spec)})
    group.attributes.update(spec.attributes)
    members = timeline(elbv2).targets.setdefault(group.arn, {})
    for target in spec.targets:
        key = target.ip, target.port or spec.port
        members[key] = Registration(*key, _zone_of(elbv2.ec2_backend, target.ip), -inf, 0.0)
    return group


def _checks(spec: TargetGroupSpec) -> dict[str, int]:
    checks = spec.health_check
    return {
        "HealthCheckIntervalSeconds": checks.interval,
        "HealthCheckTimeoutSeconds": checks.timeout,
        "HealthyThresholdCount": checks.healthy,
        "UnhealthyThresholdCount": checks.unhealthy,
    }


def _zone_of(ec2: Any, address: str) -> str:
    subnets = (subnet for subnet in ec2.describe_subnets() if subnet.cidr_block)
    holding = (subnet for subnet in subnets if ip_address(address) in ip_network(subnet.cidr_block))
    return next((str(subnet.availability_zone) for subnet in holding), "all")


def _lay_load_balancer(elbv2: Any, spec: LoadBalancerSpec, groups: Mapping[str, Any], conditions: Conditions) -> Any:
    subnets = balancers.find_subnets(elbv2.region_name, spec.subnets)
    p = {"Name": spec.name, "Type": spec.type, "Scheme": spec.scheme, "SecurityGroups": list(spec.security_groups)}
    made = balancers.make(elbv2.region_name, p, subnets)
    made.state = "active"
    life = BalancerLife(-inf, -inf, conditions.draws("registration", spec.name))
    balancers.add(elbv2, made, life, dict.fromkeys(spec.subnets), spec.tags)
    for each in spec.listeners:
        if each.target_group not in groups:
            raise ValueError(
                f"load balancer {spec.name} names the target group {each.target_group}, which is not there"
            )
        action = {"Type": "forward", "TargetGroupArn": groups[each.target_group].arn}
        listener = elbv2.create_listener(made.arn, "TCP", each.port, "", None, [action], tags=tag_list(each.tags))
        timeline(elbv2).listeners[listener.arn] = -inf
    return made


def _lay_endpoint_service(region: str, spec: EndpointServiceSpec, balancer: Any, conditions: Conditions) -> None:
    made = EndpointService(
        id=spec.id or f"vpce-svc-{mock_random.get_random_hex(17)}",
        region=region,
        network_load_balancer_arns=[balancer.arn],
        acceptance_required=spec.acceptance_required,
        zones=zones_of([balancer]),
        created_at=-inf,
        available_at=-inf,
        principals={each: f"vpce-svc-perm-{mock_random.get_random_hex(17)}" for each in spec.principals},
    )
    for each in spec.connections:
        owner = conditions.account_of(f"the connection {each.id}", each.owner)
        connection = made.connections[each.id] = Connection(each.id, owner, conditions.now(), each.state)
        if each.state == "pending":
            connection.turn("pending", "available", conditions.now() + conditions.draw("connection"))
    services(region)[made.id] = made
    backend("ec2", region).tags[made.id].update(spec.tags)
