"""Principals: who may ask for a connection to an endpoint service, which is Ververica's account and nobody else."""

from private_connection import clients
from private_connection.contracts import Contract, Done
from private_connection.errors import doing
from private_connection.paths.endpoint_services import ABSENT, ServiceReference
from private_connection.settings import settings


class AllowedPrincipal(Contract):
    principal: str


def allow_principal(request: ServiceReference) -> AllowedPrincipal:
    """Lets Ververica's account ask for connections. It is the last step, because from then on somebody can connect."""
    principal = settings().ververica_principal
    if principal not in _allowed(request.service_id):
        with doing("allowing a principal on endpoint service", request.service_id, not_yet=ABSENT):
            clients.ec2().modify_vpc_endpoint_service_permissions(
                ServiceId=request.service_id, AddAllowedPrincipals=[principal]
            )
    return AllowedPrincipal(principal=principal)


def stop_offering(request: ServiceReference) -> Done:
    """Removes every principal, so that nobody can ask for a connection any more. Existing connections stay."""
    principals = sorted(_allowed(request.service_id))
    if principals:
        with doing("taking the principals off endpoint service", request.service_id):
            clients.ec2().modify_vpc_endpoint_service_permissions(
                ServiceId=request.service_id, RemoveAllowedPrincipals=principals
            )
    return Done()


def is_offered(service_id: str) -> bool:
    """Whether somebody may connect, and so may have the service's name in use."""
    return bool(_allowed(service_id))


def _allowed(service_id: str) -> set[str]:
    with doing("looking up who may connect to endpoint service", service_id, not_yet=ABSENT):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_permissions").paginate(ServiceId=service_id)
        return {each["Principal"] for page in pages for each in page["AllowedPrincipals"]}
