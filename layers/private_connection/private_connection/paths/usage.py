"""Usage: the Region's quotas of load balancers and target groups, and how much of them is used, by whomever."""

from private_connection import clients
from private_connection.contracts import ZoneSubnets
from private_connection.errors import doing
from private_connection.paths.load_balancer_descriptions import zones_of

LOAD_BALANCERS, TARGET_GROUPS = "network-load-balancers", "target-groups"
"""Names of limits (API reference, Limit)."""


def find_limits() -> dict[str, int]:
    """The account's limits in this Region, by name."""
    with doing("looking up limits", "Elastic Load Balancing"):
        pages = clients.elbv2().get_paginator("describe_account_limits").paginate()
        return {each["Name"]: int(each["Max"]) for page in pages for each in page["Limits"]}


def find_load_balancer_zones() -> dict[str, ZoneSubnets]:
    """The name of every Network Load Balancer, with its zones and its subnet in each."""
    with doing("looking up load balancers", "Region"):
        pages = clients.elbv2().get_paginator("describe_load_balancers").paginate()
        found = [each for page in pages for each in page["LoadBalancers"] if each["Type"] == "network"]
    return {each["LoadBalancerName"]: zones_of(each) for each in found}


def find_target_group_names() -> frozenset[str]:
    """The name of every target group."""
    with doing("looking up target groups", "Region"):
        pages = clients.elbv2().get_paginator("describe_target_groups").paginate()
        return frozenset(each["TargetGroupName"] for page in pages for each in page["TargetGroups"])
