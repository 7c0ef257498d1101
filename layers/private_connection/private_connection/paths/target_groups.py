"""Target groups: one per node, with the node's address registered in it.

Health checks are the fastest that ELB allows: TCP every 5 s, two in a row, with a timeout below the interval, which ELB
demands (API reference, CreateTargetGroup). A target that leaves is cut off at once, because the only other target of
its group is its successor. Client addresses are not preserved (PrivateLink does not) and proxy protocol stays off
(Redis does not speak it).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import EnsuredTargetGroup, EnsureTargetGroup, RetiredTargets, RetireTargets
from private_connection.errors import doing
from private_connection.naming import node_resource
from private_connection.ownership import Tags, as_mapping, require_ours, tags_of
from private_connection.teardown.contracts import Done, TargetGroupReference

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetGroupAttributeTypeDef, TargetGroupTypeDef

INTERVAL, TIMEOUT, THRESHOLD = 5, 4, 2
"""Seconds, seconds, and checks in a row, of the health check."""
ATTRIBUTES = {
    "deregistration_delay.timeout_seconds": "0",
    "deregistration_delay.connection_termination.enabled": "true",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
}


@dataclass(frozen=True, slots=True)
class TargetGroup:
    arn: str
    name: str
    health_check: tuple[str, int, int, int, int]
    tags: Tags


def find_target_group(name: str) -> TargetGroup | None:
    elbv2 = clients.elbv2()
    with doing("looking up target group", name):
        try:
            found = elbv2.describe_target_groups(Names=[name])["TargetGroups"][0]
        except elbv2.exceptions.TargetGroupNotFoundException:
            return None
        tags = elbv2.describe_tags(ResourceArns=[found["TargetGroupArn"]])["TagDescriptions"][0]["Tags"]
    return TargetGroup(found["TargetGroupArn"], name, _health_check(found), as_mapping(tags))


def ensure_target_group(request: EnsureTargetGroup) -> EnsuredTargetGroup:
    """The node's target group, with its address registered once that is known.

    Raises `NotOurs` if a target group of that name belongs to somebody else, `QuotaExceeded` at the Region's limit.
    """
    arn = request.target_group_arn or _ensure(request)
    stale = [] if request.ip_address is None else _converge_target(arn, request.ip_address, request.port)
    return EnsuredTargetGroup(target_group_arn=arn, stale_addresses=tuple(stale))


def _ensure(request: EnsureTargetGroup) -> str:
    """The ARN of the target group, with its settings as they shall be."""
    name = node_resource(request.connection, request.node, request.vpc_id, request.port)
    group = find_target_group(name)
    if group is None:
        arn, attributes = _create(request, name), {}
    else:
        require_ours("target group", name, group.tags, request)
        arn, attributes = group.arn, _attributes(group.arn)
        _converge_health_check(group)
    _converge_attributes(arn, attributes)
    return arn


def retire_targets(request: RetireTargets) -> RetiredTargets:
    """Deregisters the addresses that nodes had before. An address that a node gave up may be anybody's by now.

    Called once the new addresses are healthy, so that there is no gap.
    """
    for group in request.stale:
        with doing("deregistering targets", ", ".join(group.addresses)):
            clients.elbv2().deregister_targets(
                TargetGroupArn=group.target_group_arn,
                Targets=[{"Id": address, "Port": group.port} for address in group.addresses],
            )
    return RetiredTargets(retired=sum(len(group.addresses) for group in request.stale))


def delete_target_group(request: TargetGroupReference) -> Done:
    """Deletes it with its targets.

    An absent one is success; one that a listener still forwards to is not yet possible.
    """
    elbv2 = clients.elbv2()
    with doing("deleting target group", request.target_group_arn, not_yet=("ResourceInUse",)):
        try:
            elbv2.delete_target_group(TargetGroupArn=request.target_group_arn)
        except elbv2.exceptions.TargetGroupNotFoundException:
            return Done()
    return Done()


def _converge_target(target_group_arn: str, ip_address: str, port: int) -> list[str]:
    """Registers an address unless it is, or takes it back from draining. Returns the others that are registered."""
    with doing("looking up the targets of target group", target_group_arn, not_yet=("TargetGroupNotFound",)):
        found = clients.elbv2().describe_target_health(TargetGroupArn=target_group_arn)["TargetHealthDescriptions"]
    registered = [each["Target"]["Id"] for each in found if each["TargetHealth"]["State"] != "draining"]
    if ip_address not in registered:
        _register(target_group_arn, ip_address, port)
    return [address for address in registered if address != ip_address]


def _register(target_group_arn: str, ip_address: str, port: int) -> None:
    with doing("registering target", f"{ip_address}:{port}", not_yet=("TargetGroupNotFound", "InvalidTarget")):
        clients.elbv2().register_targets(TargetGroupArn=target_group_arn, Targets=[{"Id": ip_address, "Port": port}])


def _create(request: EnsureTargetGroup, name: str) -> str:
    with doing("creating target group", name, not_yet=("DuplicateTargetGroupName",)):
        created = clients.elbv2().create_target_group(
            Name=name,
            Protocol="TCP",
            Port=request.port,
            VpcId=request.vpc_id,
            TargetType="ip",
            IpAddressType="ipv4",
            HealthCheckProtocol="TCP",
            HealthCheckPort="traffic-port",
            HealthCheckIntervalSeconds=INTERVAL,
            HealthCheckTimeoutSeconds=TIMEOUT,
            HealthyThresholdCount=THRESHOLD,
            UnhealthyThresholdCount=THRESHOLD,
            Tags=tags_of(request, node=request.node),
        )
    return created["TargetGroups"][0]["TargetGroupArn"]


def _health_check(group: "TargetGroupTypeDef") -> tuple[str, int, int, int, int]:
    return (
        group["HealthCheckProtocol"],
        group["HealthCheckIntervalSeconds"],
        group["HealthCheckTimeoutSeconds"],
        group["HealthyThresholdCount"],
        group["UnhealthyThresholdCount"],
    )


def _converge_health_check(group: TargetGroup) -> None:
    if group.health_check == ("TCP", INTERVAL, TIMEOUT, THRESHOLD, THRESHOLD):
        return
    with doing("changing the health check of target group", group.name):
        clients.elbv2().modify_target_group(
            TargetGroupArn=group.arn,
            HealthCheckProtocol="TCP",
            HealthCheckIntervalSeconds=INTERVAL,
            HealthCheckTimeoutSeconds=TIMEOUT,
            HealthyThresholdCount=THRESHOLD,
            UnhealthyThresholdCount=THRESHOLD,
        )


def _attributes(arn: str) -> dict[str, str]:
    with doing("reading the attributes of target group", arn, not_yet=("TargetGroupNotFound",)):
        found = clients.elbv2().describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return {each["Key"]: each["Value"] for each in found}


def _converge_attributes(arn: str, found: dict[str, str]) -> None:
    wanted: list[TargetGroupAttributeTypeDef] = [
        {"Key": key, "Value": value} for key, value in ATTRIBUTES.items() if found.get(key) != value
    ]
    if wanted:
        with doing("changing the attributes of target group", arn, not_yet=("TargetGroupNotFound",)):
            clients.elbv2().modify_target_group_attributes(TargetGroupArn=arn, Attributes=wanted)
