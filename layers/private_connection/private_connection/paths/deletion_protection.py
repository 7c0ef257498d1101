"""Deletion protection of load balancers, which a person or an automation of an organization may have switched on.

ELB refuses to delete such a load balancer (API reference, DeleteLoadBalancer). A teardown would meet that after it has
deleted the endpoint service, whose name is gone for good then. So it looks before, which takes a call for each.
"""

from collections.abc import Sequence
from typing import Final

from private_connection import clients
from private_connection.errors import NAMED_AT_MOST, AwsRejected, doing
from private_connection.paths.remedies import UNPROTECT

PROTECTION: Final = "deletion_protection.enabled"


def require_unprotected(connection: str, load_balancer_arns: Sequence[str]) -> None:
    """Raises `AwsRejected` naming the load balancers that are protected. One that is gone is not; of one that AWS does
    not show, deleting it will tell.
    """
    protected = [arn for arn in load_balancer_arns if _is_protected(arn)]
    if protected:
        named = ", ".join(protected[:NAMED_AT_MOST])
        raise AwsRejected(
            f"checking connection ({connection}): deletion protection is on for {len(protected)} load "
            f"balancer{'s' * (len(protected) > 1)}, so that nothing was removed: {named}; remedy: {UNPROTECT}"
        )


def _is_protected(arn: str) -> bool:
    elbv2 = clients.elbv2()
    try:
        with doing("reading the attributes of load balancer", arn):
            found = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    except AwsRejected:
        return False
    return any(each["Key"] == PROTECTION and each["Value"] == "true" for each in found)
