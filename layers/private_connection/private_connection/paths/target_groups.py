"""Target groups: one per node.

Health checks are the fastest that ELB allows: TCP every 5 s, two in a row, with a timeout below the interval, which ELB
demands (API reference, CreateTargetGroup). Its attributes are in `target_group_attributes`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from private_connection import clients
from private_connection.contracts import Contract, Done, Owner, PathRecord, Port
from private_connection.errors import doing
from private_connection.naming import NODE_RESOURCE_PREFIX, node_resource
from private_connection.ownership import Tags, as_mapping, has_name, is_by_run, require_ours, tags_of
from private_connection.paths.load_balancer_tags import converge_tags, list_tags
from private_connection.paths.target_group_attributes import (
    AS_THE_LOAD_BALANCER,
    CROSS_ZONE,
    converge_attributes,
    find_attributes,
    wanted_attributes,
)

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetGroupTypeDef

INTERVAL, TIMEOUT, THRESHOLD = 5, 4, 2
"""Seconds, seconds, and checks in a row, of the health check."""
HEALTH_CHECK: Final = ("TCP", INTERVAL, TIMEOUT, THRESHOLD, THRESHOLD)


@dataclass(frozen=True, slots=True)
class TargetGroup:
    arn: str
    name: str
    health_check: tuple[str, int, int, int, int]
    load_balancer_arns: tuple[str, ...]
    """The load balancers that have a listener which forwards to it."""
    tags: Tags


class BalancedNode(PathRecord):
    """A node that has a load balancer."""

    node: str
    port: Port
    vpc_id: str
    load_balancer_subnets: tuple[str, ...]
    """The subnets that the load balancer sits in, one a zone."""


class EnsureTargetGroup(Owner):
    path: BalancedNode


class EnsuredTargetGroup(Contract):
    target_group_arn: str
    forwarding: tuple[str, ...]
    """The load balancers that have a listener which forwards to it; none for a target group that has just been made."""
    changed: bool
    """Whether this run made it, or corrected its health check or an attribute."""


class TargetGroupReference(Contract):
    target_group_arn: str


def find_target_group(name: str) -> TargetGroup | None:
    elbv2 = clients.elbv2()
    with doing("looking up target group", name):
        try:
            found = elbv2.describe_target_groups(Names=[name])["TargetGroups"][0]
            described = elbv2.describe_tags(ResourceArns=[found["TargetGroupArn"]])["TagDescriptions"][0]
        except elbv2.exceptions.TargetGroupNotFoundException:
            return None
    return _target_group(found, as_mapping(described.get("Tags")))


def list_target_groups(connection: str) -> Iterator[TargetGroup]:
    """The target groups that carry a connection's name, among those whose own name begins with our prefix."""
    named = {each.arn: each for each in all_target_groups()}
    with doing("looking up target groups", connection):
        for arn, tags in list_tags(list(named)):
            if has_name(tags, connection):
                yield replace(named[arn], tags=tags)


def all_target_groups() -> list[TargetGroup]:
    """The target groups of the account and Region whose names begin with our prefix, without their tags."""
    with doing("looking up target groups", NODE_RESOURCE_PREFIX):
        pages = clients.elbv2().get_paginator("describe_target_groups").paginate(PaginationConfig=clients.ELB_PAGES)
        found = [each for page in pages for each in page["TargetGroups"]]
    return [_target_group(each, {}) for each in found if each["TargetGroupName"].startswith(NODE_RESOURCE_PREFIX)]


def ensure_target_group(request: EnsureTargetGroup) -> EnsuredTargetGroup:
    """The node's target group, with its settings corrected; its targets are left as they are.

    Raises `NotOurs` if a target group of that name belongs to somebody else, `QuotaExceeded` at the Region's limit.
    """
    name = node_resource(request.connection, request.path.node, request.path.vpc_id, request.path.port)
    wanted = wanted_attributes(cross_zone=len(request.path.load_balancer_subnets) > 1)
    group = find_target_group(name)
    if group is None:
        arn = _create(request, name)
        converge_attributes(arn, wanted, {CROSS_ZONE: AS_THE_LOAD_BALANCER})
        return EnsuredTargetGroup(target_group_arn=arn, forwarding=(), changed=True)
    require_ours("target group", name, group.tags, request)
    attributes = find_attributes(group.arn)
    corrected = [_converge_health_check(group), converge_attributes(group.arn, wanted, attributes)]
    converge_tags(request, group.arn, group.tags)
    changed = is_by_run(group.tags, request) or any(corrected)
    return EnsuredTargetGroup(target_group_arn=group.arn, forwarding=group.load_balancer_arns, changed=changed)


def delete_target_group(request: TargetGroupReference) -> Done:
    """Deletes it with its targets. An absent one is success.

    Raises `NotYetConsistent` while a listener forwards to it.
    """
    elbv2 = clients.elbv2()
    with doing("deleting target group", request.target_group_arn, not_yet=("ResourceInUse",)):
        try:
            elbv2.delete_target_group(TargetGroupArn=request.target_group_arn)
        except elbv2.exceptions.TargetGroupNotFoundException:
            return Done()
    return Done()


def _create(request: EnsureTargetGroup, name: str) -> str:
    with doing("creating target group", name, not_yet=("DuplicateTargetGroupName",)):
        created = clients.elbv2().create_target_group(
            Name=name,
            Protocol="TCP",
            Port=request.path.port,
            VpcId=request.path.vpc_id,
            TargetType="ip",
            IpAddressType="ipv4",
            HealthCheckProtocol="TCP",
            HealthCheckPort="traffic-port",
            HealthCheckIntervalSeconds=INTERVAL,
            HealthCheckTimeoutSeconds=TIMEOUT,
            HealthyThresholdCount=THRESHOLD,
            UnhealthyThresholdCount=THRESHOLD,
            Tags=tags_of(request, node=request.path.node),
        )
    return created["TargetGroups"][0]["TargetGroupArn"]


def _target_group(found: "TargetGroupTypeDef", tags: Tags) -> TargetGroup:
    arn, balancers = found["TargetGroupArn"], tuple(found.get("LoadBalancerArns", []))
    return TargetGroup(arn, found["TargetGroupName"], _health_check(found), balancers, tags)


def _health_check(group: "TargetGroupTypeDef") -> tuple[str, int, int, int, int]:
    """Of a group of functions, which somebody may have given such a name, ELB shows none."""
    protocol, interval = group.get("HealthCheckProtocol", ""), group.get("HealthCheckIntervalSeconds", 0)
    timeout, healthy = group.get("HealthCheckTimeoutSeconds", 0), group.get("HealthyThresholdCount", 0)
    return protocol, interval, timeout, healthy, group.get("UnhealthyThresholdCount", 0)


def _converge_health_check(group: TargetGroup) -> bool:
    """Whether it had to be corrected."""
    if group.health_check == HEALTH_CHECK:
        return False
    with doing("changing the health check of target group", group.name, not_yet=("TargetGroupNotFound",)):
        clients.elbv2().modify_target_group(
            TargetGroupArn=group.arn,
            HealthCheckProtocol="TCP",
            HealthCheckIntervalSeconds=INTERVAL,
            HealthCheckTimeoutSeconds=TIMEOUT,
            HealthyThresholdCount=THRESHOLD,
            UnhealthyThresholdCount=THRESHOLD,
        )
    return True
