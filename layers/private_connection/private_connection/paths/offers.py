"""Offers: an endpoint service is offered to whoever may ask for a connection to it.

Principals are what EC2 calls those who may (API reference, DescribeVpcEndpointServicePermissions).
"""

from private_connection import clients
from private_connection.errors import doing
from private_connection.settings import settings

SERVICE_ABSENT = ("InvalidVpcEndpointService.NotFound", "InvalidVpcEndpointServiceId.NotFound")


def find_principals(service_id: str) -> set[str]:
    """Who may ask. Raises `NotYetConsistent` if EC2 does not know the service."""
    with doing("looking up who may connect to endpoint service", service_id, not_yet=SERVICE_ABSENT):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_permissions").paginate(ServiceId=service_id)
        return {each["Principal"] for page in pages for each in page["AllowedPrincipals"]}


def is_offered(service_id: str) -> bool:
    """Whether somebody may connect, and so may have the service's name in use."""
    return bool(find_principals(service_id))


def is_offered_to_ververica(service_id: str) -> bool:
    return settings().ververica_principal in find_principals(service_id)
