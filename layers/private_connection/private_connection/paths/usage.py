"""Usage: the Region's quotas of load balancers and target groups, and how much of them is used, by whomever."""

from collections.abc import Mapping

from private_connection import clients
from private_connection.errors import doing

LOAD_BALANCERS, TARGET_GROUPS = "network-load-balancers", "target-groups"
"""Names of limits (API reference, Limit)."""


def find_limits() -> dict[str, int]:
    """The account's limits in this Region, by name."""
    with doing("looking up limits", "Elastic Load Balancing"):
        pages = clients.elbv2().get_paginator("describe_account_limits").paginate()
        return {each["Name"]: int(each["Max"]) for page in pages for each in page["Limits"]}


def find_load_balancer_zones() -> Mapping[str, frozenset[str]]:
    """The name of every Network Load Balancer, with its zones."""
    with doing("looking up load balancers", "Region"):
        pages = clients.elbv2().get_paginator("describe_load_balancers").paginate()
        found = [each for page in pages for each in page["LoadBalancers"] if each["Type"] == "network"]
    return {each["LoadBalancerName"]: frozenset(z["ZoneName"] for z in each["AvailabilityZones"]) for each in found}


def find_target_group_names() -> frozenset[str]:
    """The name of every target group."""
    with doing("looking up target groups", "Region"):
        pages = clients.elbv2().get_paginator("describe_target_groups").paginate()
        return frozenset(each["TargetGroupName"] for page in pages for each in page["TargetGroups"])
