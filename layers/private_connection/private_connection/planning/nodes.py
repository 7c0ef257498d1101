"""The nodes that a run will connect, as far as they are known before the cluster is available."""

from collections.abc import Iterator, Mapping, Sequence

from private_connection.cluster.clusters import find_members
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.interfaces import find_interfaces
from private_connection.cluster.networks import find_subnets
from private_connection.cluster.nodes import ResolvedNodes
from private_connection.cluster.placement import member_ids
from private_connection.cluster.plan import ClusterPlan
from private_connection.cluster.subnet_groups import find_subnet_group
from private_connection.contracts import Contract, NodePlace, Owner, Port, ZoneSubnets
from private_connection.request.models import Zones

Place = tuple[str | None, str | None]
"""Zone and subnet of a node."""


class PlanCluster(Owner):
    cluster: ClusterPlan
    foreseen_nodes: tuple[NodePlace, ...]
    zones: Zones
    zone_subnets: ZoneSubnets


class PlannedNode(Contract):
    """A node that a run will connect, as far as it is known."""

    node: str
    port: Port
    vpc_id: str
    availability_zone: str | None
    """Null while nobody knows where it will be, and so is its subnet."""
    subnet_id: str | None
    ip_address: str | None
    """Null until the cluster is available."""


def settled_nodes(request: PlanCluster, resolved: ResolvedNodes) -> Iterator[PlannedNode]:
    """The nodes of a cluster that is available. Where one was foreseen, its load balancer is made in that subnet."""
    places = {(each.node, each.availability_zone): each.subnet_id for each in request.foreseen_nodes}
    for each in resolved.nodes:
        subnet = places.get((each.node, each.availability_zone), each.subnet_id)
        fields = PlannedNode.model_fields.keys() - {"subnet_id"}
        yield PlannedNode(**each.model_dump(include=fields), subnet_id=subnet)


def coming_nodes(request: PlanCluster, cluster: Cluster | None) -> Iterator[PlannedNode]:
    """The nodes of a cluster that is not available: those that it shows and that stay, or those that are foreseen.

    None while nobody knows their names, or the port and the VPC, which the names of their paths are made of. Where a
    node has an endpoint, it is in the subnet of its network interface; its address may be another one in the end.
    """
    creation, members = request.cluster.creation, find_members(cluster) if cluster is not None else []
    port = creation.port if creation is not None else _port(cluster, members)
    vpc = creation.vpc_id if creation is not None else _vpc(members)
    if port is None or vpc is None:
        return
    names = _staying(cluster, members) or (member_ids(request.cluster.id, creation) if creation is not None else [])
    foreseen = {each.node: (each.availability_zone, each.subnet_id) for each in request.foreseen_nodes}
    places: dict[str, Place] = {**_places(vpc, members), **foreseen}
    for node in names:
        zone, subnet = places.get(node, (None, None))
        yield PlannedNode(node=node, port=port, vpc_id=vpc, availability_zone=zone, subnet_id=subnet, ip_address=None)


def _staying(cluster: Cluster | None, members: Sequence[Member]) -> list[str]:
    """The ids of the cluster's members that are not being deleted; ElastiCache may not list each of them yet."""
    leaving = {each.id for each in members if each.leaving}
    return [each for each in cluster.member_ids if each not in leaving] if cluster is not None else []


def _port(cluster: Cluster | None, members: Sequence[Member]) -> int | None:
    """All nodes of a cluster have the same, but ElastiCache shows it with endpoints only."""
    shown = [each.port for each in members if each.port is not None]
    return shown[0] if shown else cluster.port if cluster is not None else None


def _vpc(members: Sequence[Member]) -> str | None:
    group = find_subnet_group(members[0].subnet_group) if members else None
    return group.vpc_id if group is not None else None


def _places(vpc: str, members: Sequence[Member]) -> Mapping[str, Place]:
    """Where the nodes are that have an endpoint."""
    answering = [each.id for each in members if each.address is not None]
    interfaces = find_interfaces(vpc, answering) if answering else {}
    zones = {each.id: each.zone for each in find_subnets({each.subnet_id for each in interfaces.values()})}
    return {node: (zones.get(each.subnet_id), each.subnet_id) for node, each in interfaces.items()}
