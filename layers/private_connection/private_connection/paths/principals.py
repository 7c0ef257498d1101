"""Principals: who may ask for a connection to an endpoint service, which is Ververica's account and nobody else."""

from private_connection import clients
from private_connection.contracts import Contract, Done
from private_connection.errors import NotYetConsistent
from private_connection.paths.endpoint_services import ServiceReference
from private_connection.paths.offers import find_principals, is_gone, is_offered, on_service
from private_connection.settings import settings

TAKEN_OFF = "InvalidParameter"
"""EC2's refusal to take a principal off a service that does not have it: somebody else was faster, so look again."""


class AllowedPrincipal(Contract):
    principal: str
    strangers: bool
    """Whether others are allowed, too; they are shut out once the connection is recorded."""


class Offer(Contract):
    offered: bool


def allow_principal(request: ServiceReference) -> AllowedPrincipal:
    """Lets Ververica's account ask for connections, and nobody else.

    It is the last step, because from then on somebody can connect. Who is connected already stays so, whether it may
    ask again or not (hashicorp/terraform-provider-aws#37260).
    """
    principal = settings().ververica_principal
    allowed = find_principals(request.service_id)
    if principal not in allowed:
        with on_service("allowing a principal on endpoint service", request.service_id):
            clients.ec2().modify_vpc_endpoint_service_permissions(
                ServiceId=request.service_id, AddAllowedPrincipals=[principal]
            )
    return AllowedPrincipal(principal=principal, strangers=bool(allowed - {principal}))


def withdraw_principals(request: ServiceReference) -> Done:
    """Takes every principal but Ververica's account off a service. One that is gone has none."""
    return _take_off(request.service_id, find_strangers(request.service_id))


def check_offer(request: ServiceReference) -> Offer:
    """Whether somebody may ask for a connection to a service. To one that is gone nobody may."""
    try:
        return Offer(offered=is_offered(request.service_id))
    except NotYetConsistent:
        return Offer(offered=False)


def stop_offering(request: ServiceReference) -> Done:
    """Removes every principal, so that nobody can ask for a connection any more. Existing connections stay.

    A service that is gone is offered to nobody; one that does not show yet is looked up again.
    """
    try:
        return _take_off(request.service_id, find_principals(request.service_id))
    except NotYetConsistent:
        if is_gone(request.service_id):
            return Done()
        raise


def find_strangers(service_id: str) -> set[str]:
    """The principals beside Ververica's account; none for a service that is gone."""
    try:
        return find_principals(service_id) - {settings().ververica_principal}
    except NotYetConsistent:
        return set()


def _take_off(service_id: str, principals: set[str]) -> Done:
    if principals:
        with on_service("taking the principals off endpoint service", service_id, TAKEN_OFF):
            clients.ec2().modify_vpc_endpoint_service_permissions(
                ServiceId=service_id, RemoveAllowedPrincipals=sorted(principals)
            )
    return Done()
