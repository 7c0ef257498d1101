"""Endpoint services: one per load balancer, acceptance required, offered to Ververica's account and nobody else.

A load balancer carries at most one endpoint service, so the service is found by its load balancer. EC2 lists a deleted
service for a while, as Deleting and Deleted: `find_endpoint_service` leaves both out, `list_endpoint_services` only the
second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.contracts import Contract, Done, Owner
from private_connection.errors import AwsRejected, NotYetConsistent, code_of, doing, require_successful
from private_connection.naming import digest
from private_connection.ownership import Tags, as_mapping, missing_tags, require_ours, tags_of
from private_connection.paths.offers import DELETED, DELETING, SERVICE_ABSENT, is_offered_to_ververica

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, ServiceConfigurationTypeDef

CONNECTED = "ExistingVpcEndpointConnections"
TAKEN = "already associated"
"""What EC2 says of a load balancer that has a service; the code is ``InvalidParameter``, as for much else
(openshift/hypershift, which then looks for the service by its load balancer).
"""


@dataclass(frozen=True, slots=True)
class EndpointService:
    id: str
    name: str
    state: str
    """In lower case, because EC2 writes it in either."""
    acceptance_required: bool
    load_balancer_arns: tuple[str, ...]
    tags: Tags

    @property
    def is_deleting(self) -> bool:
        return self.state == DELETING

    @property
    def is_available(self) -> bool:
        return self.state == "available"


class EnsureEndpointService(Owner):
    node: str
    load_balancer_arn: str


class EnsuredEndpointService(Contract):
    service_id: str
    service_name: str
    available: bool
    """Whether a consumer can connect; EC2 refuses one that tries earlier."""
    offered: bool
    """Whether Ververica may ask for a connection, as it may not where this run has made the service."""


class ServiceReference(Contract):
    service_id: str


def find_endpoint_service(load_balancer_arn: str) -> EndpointService | None:
    """The endpoint service of a load balancer, whoever made it. EC2 has no filter for that, so all are listed."""
    with doing("looking up the endpoint service of load balancer", load_balancer_arn):
        live = [each for each in _described([]) if each.state not in (DELETING, DELETED)]
    return next((each for each in live if load_balancer_arn in each.load_balancer_arns), None)


def list_endpoint_services() -> list[EndpointService]:
    """Every endpoint service of the account and Region, with those that are being deleted."""
    with doing("looking up endpoint services", "all"):
        return [each for each in _described([]) if each.state != DELETED]


def find_service(service_id: str) -> EndpointService | None:
    """The endpoint service with this id, unless it is gone or going."""
    return next((each for each in _services([service_id]) if each.state not in (DELETING, DELETED)), None)


def ensure_endpoint_service(request: EnsureEndpointService) -> EnsuredEndpointService:
    """The endpoint service of an active load balancer, which may take a while to become available.

    Raises `NotOurs` if the load balancer's service belongs to somebody else, `AwsRejected` if it failed.
    """
    service, offered = find_endpoint_service(request.load_balancer_arn), False
    if service is None:
        service = _create(request)
    else:
        require_ours("endpoint service", service.id, service.tags, request)
        _converge_acceptance(service)
        _converge_tags(request, service)
        offered = is_offered_to_ververica(service.id)
    require_not_failed(service)
    return EnsuredEndpointService(
        service_id=service.id, service_name=service.name, available=service.is_available, offered=offered
    )


def require_available(service_ids: Sequence[str]) -> None:
    """Reads all services' states. Raises `NotYetConsistent` until each is available, `AwsRejected` if one failed."""
    services = _services(service_ids)
    for service in services:
        require_not_failed(service)
    states = {each.id: each.state for each in services}
    waiting = [each for each in service_ids if states.get(each) != "available"]
    if waiting:
        state = states.get(waiting[0], "not shown yet")
        raise NotYetConsistent(f"creating endpoint service ({waiting[0]}): its state is {state}")


def delete_endpoint_service(request: ServiceReference) -> Done:
    """Deletes it. An absent one is success. Raises `NotYetConsistent` while somebody is connected.

    EC2 refuses inside a successful answer (API reference, DeleteVpcEndpointServiceConfigurations, ``Unsuccessful``).
    """
    with doing("deleting endpoint service", request.service_id):
        try:
            answer = clients.ec2().delete_vpc_endpoint_service_configurations(ServiceIds=[request.service_id])
        except ClientError as error:
            if code_of(error) not in SERVICE_ABSENT:
                raise
            return Done()
    refused = answer.get("Unsuccessful", [])
    require_successful("deleting endpoint service", refused, not_yet=(CONNECTED,), absent=SERVICE_ABSENT)
    return Done()


def _described(filters: "Sequence[FilterTypeDef]") -> Iterator[EndpointService]:
    pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_configurations").paginate(Filters=filters)
    return (_service(each) for page in pages for each in page["ServiceConfigurations"])


def _services(service_ids: Sequence[str]) -> list[EndpointService]:
    found: list[EndpointService] = []
    with doing("looking up endpoint services", f"{len(service_ids)}", not_yet=SERVICE_ABSENT):
        for batch in clients.batches(service_ids, clients.EC2_FILTER_VALUES):
            found += _described([{"Name": "service-id", "Values": batch}])
    return found


def require_not_failed(service: EndpointService) -> None:
    if service.state == "failed":
        raise AwsRejected(f"creating endpoint service ({service.id}): its state is Failed; delete it and run again")


def _service(found: "ServiceConfigurationTypeDef") -> EndpointService:
    return EndpointService(
        id=found["ServiceId"],
        name=found.get("ServiceName", ""),
        state=found.get("ServiceState", "").lower(),
        acceptance_required=found.get("AcceptanceRequired", False),
        load_balancer_arns=tuple(found.get("NetworkLoadBalancerArns", [])),
        tags=as_mapping(found.get("Tags")),
    )


def _create(request: EnsureEndpointService) -> EndpointService:
    """A repeated call with the same token is the same creation, so a lost answer leaves one service, not two.

    Raises `NotYetConsistent` if the load balancer has a service that the look before did not show: one that another run
    has just made, which the next look finds, or one that is still being deleted.
    """
    arn = request.load_balancer_arn
    token = digest(request.connection, request.maker, request.node, arn, length=32)
    with doing("creating endpoint service of load balancer", arn):
        try:
            created = clients.ec2().create_vpc_endpoint_service_configuration(
                AcceptanceRequired=True,
                NetworkLoadBalancerArns=[arn],
                SupportedIpAddressTypes=["ipv4"],
                ClientToken=token,
                TagSpecifications=[
                    {"ResourceType": "vpc-endpoint-service", "Tags": tags_of(request, node=request.node)},
                ],
            )
        except ClientError as error:
            if TAKEN not in str(error):
                raise
            raise NotYetConsistent(f"looking up the endpoint service of load balancer ({arn}): {error}") from error
    return _service(created["ServiceConfiguration"])


def _converge_acceptance(service: EndpointService) -> None:
    if not service.acceptance_required:
        with doing("requiring acceptance on endpoint service", service.id, not_yet=SERVICE_ABSENT):
            clients.ec2().modify_vpc_endpoint_service_configuration(ServiceId=service.id, AcceptanceRequired=True)


def _converge_tags(request: EnsureEndpointService, service: EndpointService) -> None:
    missing = missing_tags(request, service.tags)
    if missing:
        with doing("tagging endpoint service", service.id, not_yet=SERVICE_ABSENT):
            clients.ec2().create_tags(Resources=[service.id], Tags=missing)
