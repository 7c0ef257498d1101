"""Requests that end before anybody asks for permission: of keys that nobody has, or no longer has, and of accounts that
are here for one thing alone.

Sources: EC2 API reference, "Error codes" (AuthFailure, RequestExpired); STS API reference, "Common Errors"
(InvalidClientTokenId) and "Common error types" (ExpiredToken).
"""

from typing import Final

from sandbox.callers import Caller
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Refused

CONSUMING: Final = {
    "sts": {"AssumeRole", "GetCallerIdentity"},
    "ec2": {
        "CreateVpcEndpoint",
        "DeleteVpcEndpoints",
        "DescribeAvailabilityZones",
        "DescribeNetworkInterfaces",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeVpcEndpointServices",
        "DescribeVpcEndpoints",
        "DescribeVpcs",
    },
}
"""What another account than the deployed one does here: it connects to endpoint services."""


def strange(service: str, operation: str, by: Caller, now: float) -> Refused | None:
    """The refusal, or None for a request that is judged like others."""
    if not by.known:
        if service == "ec2":
            return Refused("AuthFailure", "AWS was not able to validate the provided access credentials")
        return Refused("InvalidClientTokenId", "The security token included in the request is invalid.")
    if by.expires_at <= now:
        if service == "ec2":
            return Refused("RequestExpired", "Request has expired.")
        return Refused("ExpiredToken", "The security token included in the request is expired")
    if by.account != ACCOUNT and operation not in CONSUMING.get(service, ()):
        told = (
            f"The sandbox has account {by.account} for connecting to endpoint services, not for {service}:{operation}."
        )
        return Refused("UnsupportedOperation", told)
    return None
