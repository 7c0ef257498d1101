"""Offers: an endpoint service is offered to whoever may ask for a connection to it.

Principals are what EC2 calls those who may (API reference, DescribeVpcEndpointServicePermissions).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from private_connection import clients
from private_connection.errors import AwsRejected, NotYetConsistent, doing
from private_connection.settings import settings

SERVICE_ABSENT = ("InvalidVpcEndpointService.NotFound", "InvalidVpcEndpointServiceId.NotFound")
DELETING, DELETED = "deleting", "deleted"


def find_principals(service_id: str) -> set[str]:
    """Who may ask. Raises `NotYetConsistent` if EC2 does not know the service, or knows it no more."""
    with on_service("looking up who may connect to endpoint service", service_id):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_permissions").paginate(ServiceId=service_id)
        return {each["Principal"] for page in pages for each in page["AllowedPrincipals"]}


def is_offered(service_id: str) -> bool:
    """Whether somebody may connect, and so may have the service's name in use."""
    return bool(find_principals(service_id))


def is_offered_to_ververica(service_id: str) -> bool:
    return settings().ververica_principal in find_principals(service_id)


def is_gone(service_id: str) -> bool:
    """Whether EC2 lists no such service, or lists it as one that is deleted or being deleted."""
    with doing("looking up endpoint service", service_id):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_configurations")
        found = pages.paginate(Filters=[{"Name": "service-id", "Values": [service_id]}])
        states = [each["ServiceState"].lower() for page in found for each in page["ServiceConfigurations"]]
    return all(state in (DELETING, DELETED) for state in states)


@contextmanager
def on_service(action: str, service_id: str, *also: str) -> Iterator[None]:
    """Like `doing`, for a call which the grants allow on services with our tags alone.

    A service that is gone has no tags: EC2 denies the call before it looks whether the service is there (IAM User
    Guide, "Controlling access to AWS resources using tags"). So what is denied is asked once more by a call that wants
    no tags, and is not yet consistent where the service is gone. Where a function has no grant for that call either,
    the denial stays what it is. ``also`` are further codes of what is not yet consistent.
    """
    try:
        with doing(action, service_id, not_yet=(*SERVICE_ABSENT, *also)):
            yield
    except AwsRejected as refusal:
        if _is_seen_to_be_gone(service_id):
            raise NotYetConsistent(f"{refusal}: it is gone") from refusal
        raise


def _is_seen_to_be_gone(service_id: str) -> bool:
    try:
        return is_gone(service_id)
    except AwsRejected:
        return False
