"""Endpoint connections: lists the VPC endpoints at our endpoint services, and rejects them.

EC2 writes their states in upper or lower case (``pendingAcceptance``, ``PendingAcceptance``), so they are compared in
lower case. Of some it says nothing (``Partial``), and there may be new ones: whoever has neither ended nor only asks
may be connected, and is not cut off unseen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.errors import NAMED_AT_MOST, ClusterInUse, ConnectionInUse, code_of, doing, require_successful
from private_connection.paths.deletion_protection import require_unprotected
from private_connection.paths.endpoint_services import ServiceReference
from private_connection.paths.offers import SERVICE_ABSENT

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import UnsuccessfulItemTypeDef, VpcEndpointConnectionTypeDef

ASKING = "pendingacceptance"
CONNECTING = "pending"
"""The state of an endpoint between its acceptance and its first traffic, for one to three minutes
(hashicorp/terraform-provider-aws#19059). EC2 rejects those that ask or are available (API reference,
DeleteVpcEndpointServiceConfigurations), and says nothing of one that is connecting, so that one is waited for.
"""
ENDED = ("rejected", "deleting", "deleted", "failed", "expired")
"""The states of an endpoint that neither is connected nor asks to be (EC2 API reference, VpcEndpointConnection)."""
ABSENT = ("InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.NotFound", *SERVICE_ABSENT)
CHANGED_MEANWHILE = ("InvalidState", "InvalidParameter")
"""How EC2 may refuse an endpoint whose state has changed since it was looked up; it documents no code for that."""


class CheckConnections(Contract):
    connection: ConnectionName
    services: tuple[str, ...]
    load_balancers: tuple[str, ...]
    """The ARNs of those that are to be deleted."""
    cluster_users: tuple[str, ...]
    force: bool


class Connections(Contract):
    live: int


@dataclass(frozen=True, slots=True)
class EndpointConnection:
    """A consumer's endpoint at one of our services."""

    service_id: str
    endpoint_id: str
    owner: str
    state: str

    @property
    def is_live(self) -> bool:
        return not self.has_ended and self.state != ASKING

    @property
    def is_rejectable(self) -> bool:
        return not self.has_ended and self.state != CONNECTING

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


def find_connections(service_ids: Sequence[str]) -> Iterator[EndpointConnection]:
    """The endpoints at any of these services, in whatever state."""
    with doing("looking up endpoint connections", f"{len(service_ids)} services"):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_connections")
        for batch in clients.batches(service_ids, clients.EC2_FILTER_VALUES):
            for page in pages.paginate(Filters=[{"Name": "service-id", "Values": batch}]):
                yield from _endpoints(page["VpcEndpointConnections"])


def all_connections() -> list[EndpointConnection]:
    """The endpoints at all services of the account and Region, in whatever state."""
    with doing("looking up endpoint connections", "all"):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_connections")
        found = pages.paginate(PaginationConfig=clients.EC2_PAGES)
        return [each for page in found for each in _endpoints(page["VpcEndpointConnections"])]


def check_connections(request: CheckConnections) -> Connections:
    """Refuses a teardown while somebody is connected or a load balancer is protected, unless ``force`` is set.

    Raises `ConnectionInUse` naming the endpoints and their owners, `ClusterInUse` if the cluster is to be deleted and
    other connections use it, `AwsRejected` naming the load balancers that ELB would not delete.
    """
    if request.cluster_users:
        raise ClusterInUse(
            f"checking connection ({request.connection}): its cluster is used by connections "
            f"{', '.join(request.cluster_users)}; tear those down first, or leave deleteCluster out"
        )
    live = [each for each in find_connections(request.services) if each.is_live]
    if live and not request.force:
        named = ", ".join(
            f"{each.endpoint_id} of account {each.owner} at {each.service_id}" for each in live[:NAMED_AT_MOST]
        )
        raise ConnectionInUse(
            f"checking connection ({request.connection}): {len(live)} live endpoint connection{'s' * (len(live) > 1)}: "
            f"{named}; delete the private connection in the Ververica portal first, or set force"
        )
    if not request.force:
        require_unprotected(request.connection, request.load_balancers)
    return Connections(live=len(live))


def reject_connections(request: ServiceReference) -> Done:
    """Rejects each endpoint that is connected to a service or asks to be. An absent endpoint or service is success."""
    endpoints = [each.endpoint_id for each in find_connections([request.service_id]) if each.is_rejectable]
    if endpoints:
        refused = _reject(request.service_id, endpoints)
        require_successful("rejecting endpoint connection", refused, not_yet=CHANGED_MEANWHILE, absent=ABSENT)
    return Done()


def _reject(service_id: str, endpoint_ids: Sequence[str]) -> "Sequence[UnsuccessfulItemTypeDef]":
    """What EC2 refused, inside an answer with status 200 (API reference, ``Unsuccessful``)."""
    with doing("rejecting the connections of endpoint service", service_id):
        try:
            answer = clients.ec2().reject_vpc_endpoint_connections(ServiceId=service_id, VpcEndpointIds=endpoint_ids)
        except ClientError as error:
            if code_of(error) not in ABSENT:
                raise
            return []
    return answer.get("Unsuccessful", [])


def _endpoints(listed: "Iterable[VpcEndpointConnectionTypeDef]") -> Iterator[EndpointConnection]:
    """The listed connections that are endpoints. A service of a Gateway Load Balancer, which may be anybody's, can have
    a transit gateway attachment instead (API reference, VpcEndpointConnection; it promises none of its members).
    """
    for found in listed:
        endpoint_id, state = found.get("VpcEndpointId"), found.get("VpcEndpointState", "").lower()
        if endpoint_id:
            owner = found.get("VpcEndpointOwner", "")
            yield EndpointConnection(found.get("ServiceId", ""), endpoint_id, owner, state)
