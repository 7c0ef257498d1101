"""The attributes of target groups.

Deregistration cuts a target's connections at once, because the only other target of its group is its successor. So it
is when a target turns unhealthy, as by AWS's default (API reference, TargetGroupAttribute): clients of a dead node
connect anew, where they would hang. Where no target of a zone is healthy, the load balancer sends to all of them, and
resets nothing (Network Load Balancers guide, "Health checks"). Client addresses are not preserved (PrivateLink does
not) and proxy protocol stays off (Redis does not speak it).

Where the load balancer has more than one zone, cross-zone balancing is on: an endpoint reaches the load balancer in its
own zone only, and without it that zone would pass nothing on to a node in another (Network Load Balancers guide,
"Cross-zone load balancing for target groups"). The attribute of a target group overrides the load balancer's.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from private_connection import clients
from private_connection.errors import doing

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetGroupAttributeTypeDef

ATTRIBUTES: Final[Mapping[str, str]] = {
    "deregistration_delay.timeout_seconds": "0",
    "deregistration_delay.connection_termination.enabled": "true",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
}
CROSS_ZONE: Final = "load_balancing.cross_zone.enabled"
AS_THE_LOAD_BALANCER: Final = "use_load_balancer_configuration"
"""AWS's default: off, as every load balancer of ours has it (API reference, TargetGroupAttribute)."""


def wanted_attributes(*, cross_zone: bool) -> dict[str, str]:
    """``cross_zone`` says whether the load balancer has more than one zone."""
    return {**ATTRIBUTES, CROSS_ZONE: "true" if cross_zone else AS_THE_LOAD_BALANCER}


def find_attributes(arn: str) -> dict[str, str]:
    """All that a target group has. Raises `NotYetConsistent` if ELB does not know it."""
    with doing("reading the attributes of target group", arn, not_yet=("TargetGroupNotFound",)):
        found = clients.elbv2().describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return {each["Key"]: each["Value"] for each in found}


def has_wanted_attributes(arn: str, *, cross_zone: bool) -> bool:
    """Whether a run would correct none. Raises `NotYetConsistent` if ELB does not know the target group."""
    return not corrections(wanted_attributes(cross_zone=cross_zone), find_attributes(arn))


def converge_attributes(arn: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether one had to be corrected."""
    changed = corrections(wanted, found)
    if changed:
        with doing("changing the attributes of target group", arn, not_yet=("TargetGroupNotFound",)):
            clients.elbv2().modify_target_group_attributes(TargetGroupArn=arn, Attributes=changed)
    return bool(changed)


def corrections(wanted: Mapping[str, str], found: Mapping[str, str]) -> "list[TargetGroupAttributeTypeDef]":
    """What a run would set."""
    return [{"Key": key, "Value": value} for key, value in wanted.items() if found.get(key) != value]
