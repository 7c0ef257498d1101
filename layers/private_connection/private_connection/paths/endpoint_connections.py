"""Endpoint connections: lists the VPC endpoints at our endpoint services, and rejects them.

EC2 writes their states in upper or lower case (``pendingAcceptance``, ``PendingAcceptance``), so they are compared in
lower case.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.errors import NAMED_AT_MOST, ClusterInUse, ConnectionInUse, doing, require_successful
from private_connection.paths.endpoint_services import ServiceReference

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import VpcEndpointConnectionTypeDef

LIVE = ("available",)
REJECTABLE = ("pendingacceptance", "pending", "available")
ABSENT = ("InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.NotFound", "InvalidVpcEndpointService.NotFound")


class CheckConnections(Contract):
    connection: ConnectionName
    services: tuple[str, ...]
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


def find_connections(service_ids: Sequence[str]) -> Iterator[EndpointConnection]:
    """The endpoints at any of these services, in whatever state."""
    with doing("looking up endpoint connections", f"{len(service_ids)} services"):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_connections")
        for batch in clients.batches(service_ids, clients.EC2_FILTER_VALUES):
            for page in pages.paginate(Filters=[{"Name": "service-id", "Values": batch}]):
                yield from map(_connection, page["VpcEndpointConnections"])


def check_connections(request: CheckConnections) -> Connections:
    """Refuses a teardown while somebody is connected, unless ``force`` is set.

    Raises `ConnectionInUse` naming the endpoints and their owners, `ClusterInUse` if the cluster is to be deleted and
    other connections use it.
    """
    if request.cluster_users:
        raise ClusterInUse(
            f"checking connection ({request.connection}): its cluster is used by connections "
            f"{', '.join(request.cluster_users)}; tear those down first, or leave deleteCluster out"
        )
    live = [each for each in find_connections(request.services) if each.state in LIVE]
    if live and not request.force:
        named = ", ".join(
            f"{each.endpoint_id} of account {each.owner} at {each.service_id}" for each in live[:NAMED_AT_MOST]
        )
        raise ConnectionInUse(
            f"checking connection ({request.connection}): {len(live)} live endpoint connections: {named}; "
            f"delete the private connection in the Ververica portal first, or set force"
        )
    return Connections(live=len(live))


def reject_connections(request: ServiceReference) -> Done:
    """Rejects each endpoint that is connected to a service or asks to be. An absent endpoint is success."""
    endpoints = [each.endpoint_id for each in find_connections([request.service_id]) if each.state in REJECTABLE]
    if endpoints:
        with doing("rejecting the connections of endpoint service", request.service_id):
            answer = clients.ec2().reject_vpc_endpoint_connections(
                ServiceId=request.service_id, VpcEndpointIds=endpoints
            )
        require_successful("rejecting endpoint connection", answer.get("Unsuccessful", []), absent=ABSENT)
    return Done()


def _connection(found: "VpcEndpointConnectionTypeDef") -> EndpointConnection:
    state = found["VpcEndpointState"].lower()
    return EndpointConnection(found["ServiceId"], found["VpcEndpointId"], found["VpcEndpointOwner"], state)
