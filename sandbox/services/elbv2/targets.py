"""Targets of a target group and their health (API reference of Elastic Load Balancing, RegisterTargets).

Only IP targets are corrected, which is what cache nodes are; moto answers for the other types.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.responses import ELBV2Response

from sandbox.services.common import Refused, backend
from sandbox.services.elasticache.state import listen
from sandbox.services.elbv2.balancers import invalid
from sandbox.services.elbv2.health import NOT_REGISTERED, Health, health
from sandbox.services.elbv2.protocol import ElbResponse
from sandbox.services.elbv2.state import Registration, timeline

PRIVATE = [ip_network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]


class Targets:
    """Mixed into the corrected ELBv2 responses."""

    def register_targets(self: ElbResponse) -> ActionResult:
        group = self._target_group(self._get_param("TargetGroupArn"))
        if group.target_type != "ip":
            return ELBV2Response.register_targets(self)
        members = timeline(self.elbv2_backend).targets.setdefault(group.arn, {})
        wanted = [(target, _zone_of(self.region, group, target)) for target in self._get_param("Targets", [])]
        if len(members) + len(wanted) > self.conditions.quotas.targets_per_target_group:
            raise Refused("TooManyTargets", "The maximum number of targets per target group has been reached")
        for target, zone in wanted:
            key = _key(group, target)
            if key not in members or members[key].drained_at is not None:
                members[key] = Registration(*key, zone, self.now())
        return EmptyResult()

    def deregister_targets(self: ElbResponse) -> ActionResult:
        group = self._target_group(self._get_param("TargetGroupArn"))
        if group.target_type != "ip":
            return ELBV2Response.deregister_targets(self)
        members = timeline(self.elbv2_backend).targets.setdefault(group.arn, {})
        for target in self._get_param("Targets", []):
            key = _key(group, target)
            if key in members and members[key].drained_at is None:
                self._drain(group, members, key)
        return EmptyResult()

    def _drain(
        self: ElbResponse, group: Any, members: dict[tuple[str, int], Registration], key: tuple[str, int]
    ) -> None:
        now, delay = self.now(), int(group.attributes["deregistration_delay.timeout_seconds"])
        if delay == 0 or health(self.region, group, members[key], now).state == "unused":
            del members[key]
        else:
            members[key].drained_at = now + delay

    def describe_target_health(self: ElbResponse) -> ActionResult:
        group = self._target_group(self._get_param("TargetGroupArn"))
        if group.target_type != "ip":
            return ELBV2Response.describe_target_health(self)
        members = timeline(self.elbv2_backend).targets.get(group.arn, {})
        keys = [_key(group, target) for target in self._get_param("Targets", [])] or list(members)
        listen(self.region, self.conditions, {address for address, _ in keys})
        shown = [_view(group, key, members.get(key), self._health(group, members.get(key))) for key in keys]
        return ActionResult({"TargetHealthDescriptions": shown})

    def _health(self: ElbResponse, group: Any, member: Registration | None) -> Health:
        return NOT_REGISTERED if member is None else health(self.region, group, member, self.now())


def _key(group: Any, target: Mapping[str, Any]) -> tuple[str, int]:
    return target["Id"], int(target.get("Port", group.port))


def _zone_of(region: str, group: Any, target: Mapping[str, Any]) -> str:
    """The zone of a target: its subnet's inside the VPC, `all` for a private address outside."""
    text = target["Id"]
    if not _is_address(text):
        raise invalid(f"The IP address '{text}' is not a valid IPv4 address")
    address, ec2 = ip_address(text), backend("ec2", region)
    ranges = [each["cidr_block"] for each in ec2.get_vpc(group.vpc_id).cidr_block_association_set]
    if any(address in ip_network(cidr) for cidr in ranges):
        subnets = [each for each in ec2.describe_subnets() if each.vpc_id == group.vpc_id and each.cidr_block]
        zones = [each.availability_zone for each in subnets if address in ip_network(each.cidr_block)]
        if zones:
            return str(zones[0])
        raise Refused("InvalidTarget", f"The IP address '{text}' is not in a subnet of VPC '{group.vpc_id}'")
    if not any(address in network for network in PRIVATE):
        raise Refused("InvalidTarget", f"The IP address '{text}' is not within a private range")
    if target.get("AvailabilityZone") != "all":
        raise invalid(f"The IP address '{text}' is outside the VPC: Availability Zone 'all' is required")
    return "all"


def _is_address(text: str) -> bool:
    try:
        return isinstance(ip_address(text), IPv4Address)
    except ValueError:
        return False


def _view(group: Any, key: tuple[str, int], member: Registration | None, found: Health) -> dict[str, object]:
    port = group.health_check_port
    target: dict[str, object] = {"Id": key[0], "Port": key[1]}
    if member is not None:
        target["AvailabilityZone"] = member.zone
    state = {"State": found.state, "Reason": found.reason, "Description": found.description}
    return {
        "Target": target,
        "HealthCheckPort": str(key[1]) if port in (None, "traffic-port") else str(port),
        "TargetHealth": state,
    }
