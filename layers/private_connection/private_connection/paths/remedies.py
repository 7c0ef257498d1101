"""Remedies: what helps where AWS refuses a load balancer, told beside AWS's own words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from private_connection.errors import AwsRejected

CREATION: Final = {
    "cannot be associated with a load balancer": "AWS takes no load balancer in that zone for this account: give "
    "cluster.create.subnetIds without a subnet of it, or move the node to another zone; if no node is there, leave "
    "zones out, so that a load balancer is in its node's zone alone",
    "[InvalidSubnet]": "free addresses in that subnet, or add a larger one of that zone to the cluster's subnet group",
    "[AccessDenied]": "look for a service control policy or a permissions boundary that denies "
    "elasticloadbalancing:CreateLoadBalancer, perhaps to what lacks certain tags, and allow it to this function's role",
}
"""What helps, by words of AWS's refusal to make one."""
UNPROTECT: Final = (
    "switch deletion_protection.enabled off (aws elbv2 modify-load-balancer-attributes), keep what switches it on in "
    "your organization, such as AWSConfigRemediation-EnableELBDeletionProtection, from these load balancers, and run "
    "again"
)
DELETION: Final = {"[OperationNotPermitted]": UNPROTECT}
"""What helps, by words of AWS's refusal to delete one."""


@contextmanager
def remedied(known: Mapping[str, str]) -> Iterator[None]:
    """Adds to AWS's refusal what can be done about it."""
    try:
        yield
    except AwsRejected as error:
        remedies = (remedy for mark, remedy in known.items() if mark in str(error))
        remedy = next(remedies, None)
        raise (error if remedy is None else AwsRejected(f"{error}; remedy: {remedy}")) from error
