"""Target groups and their attributes (API reference of Elastic Load Balancing, 2015-12-01)."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.responses import ELBV2Response

from sandbox.services.common import Refused, page, tags_of
from sandbox.services.elbv2.balancers import PAGE, invalid
from sandbox.services.elbv2.health import CROSS_ZONE, INHERITED
from sandbox.services.elbv2.protocol import ElbResponse
from sandbox.services.elbv2.state import all_listeners, forwards_to, listeners_of, timeline

# target group attributes of a Network Load Balancer with their defaults (TargetGroupAttribute)
ATTRIBUTES = {
    "deregistration_delay.timeout_seconds": "300",
    "deregistration_delay.connection_termination.enabled": "false",
    "stickiness.enabled": "false",
    "stickiness.type": "source_ip",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
    CROSS_ZONE: INHERITED,
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}
NETWORK_PROTOCOLS = ("TCP", "TLS", "UDP", "TCP_UDP")
RANGES = {
    "HealthCheckIntervalSeconds": (5, 300),
    "HealthCheckTimeoutSeconds": (2, 120),
    "HealthyThresholdCount": (2, 10),
    "UnhealthyThresholdCount": (2, 10),
}
LONGEST_DELAY = 3600


def settings_of(p: Mapping[str, Any]) -> dict[str, object]:
    """A request's settings with AWS's defaults, for one that is about to be made or compared."""
    tcp = p.get("HealthCheckProtocol", "TCP") in ("TCP", "TLS")
    return {
        "protocol": p.get("Protocol"),
        "port": p.get("Port"),
        "vpc_id": p.get("VpcId"),
        "target_type": p.get("TargetType", "instance"),
        "ip_address_type": p.get("IpAddressType", "ipv4"),
        "health_check_protocol": p.get("HealthCheckProtocol", "TCP"),
        "health_check_port": str(p.get("HealthCheckPort", "traffic-port")),
        "health_check_interval_seconds": int(p.get("HealthCheckIntervalSeconds", 30)),
        "health_check_timeout_seconds": int(p.get("HealthCheckTimeoutSeconds", 10 if tcp else 6)),
        "healthy_threshold_count": int(p.get("HealthyThresholdCount", 5)),
        "unhealthy_threshold_count": int(p.get("UnhealthyThresholdCount", 2)),
    }


class TargetGroups:
    """Mixed into the corrected ELBv2 responses."""

    def create_target_group(self: ElbResponse) -> ActionResult:
        p, elbv2 = self._get_params(), self.elbv2_backend
        existing = next((each for each in elbv2.target_groups.values() if each.name == p["Name"]), None)
        if p.get("Protocol") in NETWORK_PROTOCOLS:
            _check_health_check(p, settings_of(p))
            if existing is not None:
                return ActionResult({"TargetGroups": [_same_or_refused(elbv2, existing, p)]})
        if len(elbv2.target_groups) >= self.conditions.quotas.target_groups:
            raise Refused("TooManyTargetGroups", "The maximum number of target groups has been reached")
        made = ELBV2Response.create_target_group(self).result["TargetGroups"][0]
        complete(made, p)
        return ActionResult({"TargetGroups": [made]})

    def modify_target_group(self: ElbResponse) -> ActionResult:
        p = self._get_params()
        group = self._target_group(p["TargetGroupArn"])
        _check_health_check(p, {name: getattr(group, name) for name in settings_of({})} | _given(p))
        return ELBV2Response.modify_target_group(self)

    def _target_group(self: ElbResponse, arn: str) -> Any:
        found = self.elbv2_backend.target_groups.get(arn)
        if found is None:
            raise Refused("TargetGroupNotFound", "One or more target groups not found")
        return found

    def describe_target_groups(self: ElbResponse) -> ActionResult:
        p, elbv2 = self._get_params(), self.elbv2_backend
        asked = [p[name] for name in ("LoadBalancerArn", "TargetGroupArns", "Names") if p.get(name)]
        if len(asked) > 1:
            raise invalid("Only one of load balancer ARN, target group ARNs and names can be specified")
        _associate(elbv2)
        found = list(elbv2.target_groups.values())
        if p.get("LoadBalancerArn"):
            balancer = self._visible(p["LoadBalancerArn"])
            found = [each for each in found if balancer.arn in each.load_balancer_arns]
        elif asked:
            by_name = {each.name: each.arn for each in found}
            arns = p.get("TargetGroupArns") or [by_name.get(name, "") for name in p["Names"]]
            found = [self._target_group(arn) for arn in arns]
        shown, marker = page(found, int(p.get("PageSize", PAGE)), p.get("Marker"))
        return ActionResult({"TargetGroups": shown, "NextMarker": marker})

    def delete_target_group(self: ElbResponse) -> ActionResult:
        group, elbv2 = self._target_group(self._get_param("TargetGroupArn")), self.elbv2_backend
        held = timeline(elbv2).released.get(group.arn, 0.0) > self.now()
        if held or listeners_of(elbv2, group.arn):
            message = f"Target group '{group.arn}' is currently in use by a listener or a rule"
            raise Refused("ResourceInUse", message)
        del elbv2.target_groups[group.arn]
        timeline(elbv2).targets.pop(group.arn, None)
        elbv2.tagging_service.delete_all_tags_for_resource(group.arn)
        return EmptyResult()

    # attributes

    def modify_target_group_attributes(self: ElbResponse) -> ActionResult:
        group = self._target_group(self._get_param("TargetGroupArn"))
        wanted = {each["Key"]: each.get("Value", "") for each in self._get_param("Attributes", [])}
        for key, value in wanted.items():
            _check_attribute(group, key, value)
        group.attributes.update(wanted)
        return ActionResult({"Attributes": group.attributes})


def complete(group: Any, p: Mapping[str, Any]) -> None:
    """Give moto's object the defaults of a target group of a Network Load Balancer."""
    if group.protocol not in NETWORK_PROTOCOLS:
        return
    for name, value in settings_of(p).items():
        setattr(group, name, value)
    preserved = group.target_type == "instance" or group.protocol in ("UDP", "TCP_UDP")
    group.attributes = {**ATTRIBUTES, "preserve_client_ip.enabled": str(preserved).lower()}


def _given(p: Mapping[str, Any]) -> dict[str, object]:
    names = {
        "HealthCheckIntervalSeconds": "health_check_interval_seconds",
        "HealthCheckTimeoutSeconds": "health_check_timeout_seconds",
    }
    return {attribute: int(p[name]) for name, attribute in names.items() if name in p}


def _check_health_check(p: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    for name, (least, most) in RANGES.items():
        if name in p and not least <= int(p[name]) <= most:
            raise invalid(f"{name} must be between {least} and {most}, not {p[name]}")
    interval, timeout = settings["health_check_interval_seconds"], settings["health_check_timeout_seconds"]
    if int(interval) <= int(timeout):
        raise invalid(f"Health check interval '{interval}' must be greater than the timeout '{timeout}'")
    if settings["target_type"] in ("instance", "ip") and str(p.get("HealthCheckEnabled", True)).lower() == "false":
        raise invalid("Health checks must be enabled for target groups with target type instance or ip")
    for name in ("Port", "HealthCheckPort"):
        value = str(p.get(name, "traffic-port"))
        if value != "traffic-port" and not (value.isdigit() and 1 <= int(value) <= 65_535):
            raise invalid(f"{name} must be between 1 and 65535, not {value}")


def _check_attribute(group: Any, key: str, value: str) -> None:
    if key not in group.attributes:
        raise invalid(f"Target group attribute key '{key}' is not recognized")
    allowed = ("true", "false", INHERITED) if key == CROSS_ZONE else ("true", "false")
    if key.endswith(".enabled") and value not in allowed:
        raise invalid(f"Target group attribute '{key}' must be one of {', '.join(allowed)}, not '{value}'")
    if key == "deregistration_delay.timeout_seconds" and not (value.isdigit() and int(value) <= LONGEST_DELAY):
        raise invalid(f"'{key}' value '{value}' must be between '0-{LONGEST_DELAY}' inclusive")


def _same_or_refused(elbv2: Any, existing: Any, p: Mapping[str, Any]) -> Any:
    asked = settings_of(p)
    tags = elbv2.tagging_service.get_tag_dict_for_resource(existing.arn)
    if asked == {name: getattr(existing, name) for name in asked} and tags == tags_of(p.get("Tags")):
        return existing
    message = f"A target group with the same name '{existing.name}' exists, but with different settings"
    raise Refused("DuplicateTargetGroupName", message)


def _associate(elbv2: Any) -> None:
    """Moto adds a load balancer to its target groups and never takes it away again."""
    found: dict[str, set[str]] = {arn: set() for arn in elbv2.target_groups}
    for listener in all_listeners(elbv2):
        for arn in forwards_to(listener):
            found[arn].add(listener.load_balancer_arn)
    for arn, balancers in found.items():
        elbv2.target_groups[arn].load_balancer_arns = sorted(balancers)
