"""Load balancers as ELB describes them: by whatever name they were asked for, and many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import ZoneSubnets
from private_connection.errors import AwsRejected, doing
from private_connection.ownership import Tags

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef

SERVING = ("active", "active_impaired")


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    arn: str
    name: str
    state: str
    reason: str
    zones: ZoneSubnets
    tags: Tags


def load_balancer(found: "LoadBalancerTypeDef", tags: Tags) -> LoadBalancer:
    arn, name, state = found["LoadBalancerArn"], found["LoadBalancerName"], found.get("State", {})
    return LoadBalancer(arn, name, state.get("Code", ""), state.get("Reason", ""), zones_of(found), tags)


def zones_of(found: "LoadBalancerTypeDef") -> ZoneSubnets:
    return {zone.get("ZoneName", ""): zone.get("SubnetId", "") for zone in found.get("AvailabilityZones", [])}


def all_load_balancers() -> list[LoadBalancer]:
    """Every load balancer of the account and Region, without their tags, which would cost a call for twenty."""
    with doing("looking up load balancers", "all"):
        pages = clients.elbv2().get_paginator("describe_load_balancers").paginate(PaginationConfig=clients.ELB_PAGES)
        return [load_balancer(each, {}) for page in pages for each in page["LoadBalancers"]]


def describe_load_balancers(arns: Sequence[str]) -> list[LoadBalancer]:
    """Load balancers by ARN, without their tags; 20 to a call. Raises `NotYetConsistent` if ELB does not list one."""
    elbv2 = clients.elbv2()
    with doing("looking up load balancers", f"{len(arns)}", not_yet=("LoadBalancerNotFound",)):
        batches = clients.batches(arns, clients.ELB_RESOURCES)
        pages = [elbv2.describe_load_balancers(LoadBalancerArns=batch) for batch in batches]
    return [load_balancer(each, {}) for page in pages for each in page["LoadBalancers"]]


def require_not_failed(balancer: LoadBalancer) -> None:
    if balancer.state == "failed":
        raise AwsRejected(
            f"creating load balancer ({balancer.name}): its state is failed: {balancer.reason or 'no reason given'}"
        )
