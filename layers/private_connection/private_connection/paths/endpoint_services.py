"""Endpoint services: one per load balancer, acceptance required, offered to Ververica's account and nobody else.

A load balancer carries at most one endpoint service, so the service is found by its load balancer. Services that were
deleted stay listed for a while as Deleting and Deleted, and are not there for us.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import AllowedPrincipal, AllowPrincipal, EnsuredEndpointService, EnsureEndpointService
from private_connection.errors import AwsRejected, NotYetConsistent, doing, require_successful
from private_connection.naming import digest
from private_connection.ownership import Tags, as_mapping, require_ours, tags_of
from private_connection.teardown.contracts import Done, ServiceReference

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import ServiceConfigurationTypeDef

DEFAULT_PRINCIPAL = "arn:aws:iam::794031221915:root"
"""Ververica's account (Ververica Cloud documentation, "Amazon ElastiCache (Redis)" private connection)."""
GONE = ("deleting", "deleted")
CONNECTED = "ExistingVpcEndpointConnections"
ABSENT = ("InvalidVpcEndpointService.NotFound", "InvalidVpcEndpointServiceId.NotFound")


@dataclass(frozen=True, slots=True)
class EndpointService:
    id: str
    name: str
    state: str
    acceptance_required: bool
    load_balancer_arns: tuple[str, ...]
    tags: Tags


def principal() -> str:
    """The principal that may connect, a parameter of the deployment."""
    return os.environ.get("VERVERICA_PRINCIPAL", DEFAULT_PRINCIPAL)


def find_endpoint_service(load_balancer_arn: str) -> EndpointService | None:
    """The endpoint service of a load balancer, whoever made it. EC2 has no filter for that, so all are listed."""
    with doing("looking up the endpoint service of load balancer", load_balancer_arn):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_configurations").paginate()
        services = [_service(each) for page in pages for each in page["ServiceConfigurations"]]
    live = (each for each in services if each.state.lower() not in GONE)
    return next((each for each in live if load_balancer_arn in each.load_balancer_arns), None)


def ensure_endpoint_service(request: EnsureEndpointService) -> EnsuredEndpointService:
    """The endpoint service of an active load balancer.

    Raises `NotOurs` if the load balancer's service belongs to somebody else, `NotYetConsistent` until the service is
    available: a consumer that connects earlier is turned away. With ``early`` it does not wait for that.
    """
    if request.service_id is not None and request.service_name is not None:
        return EnsuredEndpointService(service_id=request.service_id, service_name=request.service_name)
    service = find_endpoint_service(request.load_balancer_arn)
    if service is None:
        service = _create(request)
    else:
        require_ours("endpoint service", service.id, service.tags, request)
        _converge_acceptance(service)
    if service.state.lower() == "available":
        return EnsuredEndpointService(service_id=service.id, service_name=service.name)
    if service.state.lower() == "failed":
        raise AwsRejected(f"creating endpoint service ({service.id}): its state is Failed; delete it and run again")
    if not request.early:
        raise NotYetConsistent(f"creating endpoint service ({service.id}): its state is {service.state}")
    return EnsuredEndpointService(service_id=None, service_name=None)


def allow_principal(request: AllowPrincipal) -> AllowedPrincipal:
    """Lets Ververica's account ask for connections: from here on somebody can connect, so it comes last."""
    if principal() not in _allowed(request.service_id):
        with doing("allowing a principal on endpoint service", request.service_id, not_yet=ABSENT):
            clients.ec2().modify_vpc_endpoint_service_permissions(
                ServiceId=request.service_id, AddAllowedPrincipals=[principal()]
            )
    return AllowedPrincipal(principal=principal())


def stop_offering(request: ServiceReference) -> Done:
    """Takes back every principal, so that nobody can ask for a connection any more. Existing connections stay."""
    principals = sorted(_allowed(request.service_id))
    if principals:
        with doing("taking the principals off endpoint service", request.service_id):
            clients.ec2().modify_vpc_endpoint_service_permissions(
                ServiceId=request.service_id, RemoveAllowedPrincipals=principals
            )
    return Done()


def delete_endpoint_service(request: ServiceReference) -> Done:
    """Deletes it; an absent one is success, one with connections is not yet possible.

    Refusals come inside a successful answer (EC2 API reference, DeleteVpcEndpointServiceConfigurations,
    ``Unsuccessful``).
    """
    with doing("deleting endpoint service", request.service_id):
        answer = clients.ec2().delete_vpc_endpoint_service_configurations(ServiceIds=[request.service_id])
    require_successful("deleting endpoint service", answer.get("Unsuccessful", []), not_yet=(CONNECTED,), absent=ABSENT)
    return Done()


def is_offered(service: EndpointService) -> bool:
    """Whether somebody may connect, so that its name may be in use."""
    return bool(_allowed(service.id))


def _allowed(service_id: str) -> set[str]:
    with doing("looking up who may connect to endpoint service", service_id, not_yet=ABSENT):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_permissions").paginate(ServiceId=service_id)
        return {each["Principal"] for page in pages for each in page["AllowedPrincipals"]}


def _service(found: "ServiceConfigurationTypeDef") -> EndpointService:
    return EndpointService(
        id=found["ServiceId"],
        name=found["ServiceName"],
        state=found["ServiceState"],
        acceptance_required=found["AcceptanceRequired"],
        load_balancer_arns=tuple(found.get("NetworkLoadBalancerArns", [])),
        tags=as_mapping(found.get("Tags")),
    )


def _create(request: EnsureEndpointService) -> EndpointService:
    """A repeated call with the same token is the same creation, so a lost answer leaves one service, not two."""
    token = digest(request.connection, request.execution, request.node, request.load_balancer_arn, length=32)
    with doing("creating endpoint service of load balancer", request.load_balancer_arn):
        created = clients.ec2().create_vpc_endpoint_service_configuration(
            AcceptanceRequired=True,
            NetworkLoadBalancerArns=[request.load_balancer_arn],
            SupportedIpAddressTypes=["ipv4"],
            ClientToken=token,
            TagSpecifications=[
                {"ResourceType": "vpc-endpoint-service", "Tags": tags_of(request, node=request.node)},
            ],
        )
    return _service(created["ServiceConfiguration"])


def _converge_acceptance(service: EndpointService) -> None:
    if not service.acceptance_required:
        with doing("requiring acceptance on endpoint service", service.id):
            clients.ec2().modify_vpc_endpoint_service_configuration(ServiceId=service.id, AcceptanceRequired=True)
