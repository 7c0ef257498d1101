"""Nodes: the endpoint, address, zone and subnet of each, found the same way for every kind of cluster.

A node's name is an ordinary public DNS record that answers with a private address, so a function outside the VPC can
resolve it. Its network interface, described as ``ElastiCache <cache cluster id>``, is the first source of the subnet
and, if the name does not resolve, of the address. The address may change whenever the node is replaced (ElastiCache
User Guide, "Replacing nodes"); the id does not.
"""

import socket
from collections.abc import Iterator, Sequence

from private_connection.cluster.clusters import node_endpoint, require_cluster, require_members
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.interfaces import Interface, find_interfaces
from private_connection.cluster.networks import Subnet, find_subnets
from private_connection.cluster.plan import ClusterPlan
from private_connection.cluster.room import with_room, zone_subnets
from private_connection.cluster.subnet_groups import find_subnet_group
from private_connection.contracts import ConnectedCluster, Contract, Node, NodePlace, ZoneSubnets
from private_connection.errors import ClusterUnusable, NotYetConsistent
from private_connection.request.findings import Finding, cluster_differs, refuse
from private_connection.request.models import Zones


class PreparedNode(NodePlace):
    """A foreseen node with the target group and the load balancer that this run made for it early."""

    target_group_arn: str
    load_balancer_arn: str
    load_balancer_subnets: tuple[str, ...]
    spread: bool
    touched: bool


class ResolveNodes(Contract):
    cluster: ClusterPlan
    prepared: tuple[PreparedNode, ...]
    zones: Zones


class ResolvedNodes(Contract):
    cluster: ConnectedCluster
    nodes: tuple[Node, ...]
    zone_subnets: ZoneSubnets
    """A subnet in each zone of the cluster, if load balancers shall be in all of them; otherwise none."""


def resolve_nodes(request: ResolveNodes) -> ResolvedNodes:
    """The cluster's nodes, ordered by id, each with a subnet for its load balancer.

    Raises `NotYetConsistent` while ElastiCache, DNS or EC2 do not know one of them, and `InvalidRequest` if they have
    another port than was asked for: ElastiCache does not show the port of a cluster that is being created.
    """
    cluster = require_cluster(request.cluster)
    members = require_members(cluster)
    subnets = _subnets(cluster, members[0].subnet_group)
    nodes = [_with_prepared(node, request.prepared) for node in find_nodes(cluster, members, subnets)]
    if (creation := request.cluster.creation) is not None:
        refuse(_port_differs(cluster, creation.port, nodes[0].port))
    everywhere = zone_subnets(subnets) if request.zones == "all" else {}
    standing = {each.node: (each.availability_zone, *everywhere) for each in nodes if each.load_balancer_arn}
    return ResolvedNodes(
        cluster=ConnectedCluster(id=cluster.id, engine=cluster.engine, transit_encryption=cluster.transit_encryption),
        nodes=tuple(with_room(nodes, subnets, standing, everywhere)),
        zone_subnets=everywhere,
    )


def _port_differs(cluster: Cluster, wanted: int, has: int) -> Iterator[Finding]:
    if wanted != has:
        yield cluster_differs(cluster.id, "port", has, wanted)


def find_nodes(cluster: Cluster, members: Sequence[Member], subnets: Sequence[Subnet]) -> list[Node]:
    """The nodes of a cluster, in the order of its members. ``subnets`` are those of its subnet group, at least one.

    Raises `NotYetConsistent` while DNS or EC2 do not know one of them, `ClusterUnusable` if one is in no subnet.
    """
    interfaces = find_interfaces(subnets[0].vpc_id, [member.id for member in members])
    return [_node(cluster, member, subnets, interfaces) for member in members]


def _subnets(cluster: Cluster, subnet_group: str) -> list[Subnet]:
    group = find_subnet_group(subnet_group)
    subnets = find_subnets(group.subnet_ids) if group else []
    if not subnets:
        raise ClusterUnusable(f"looking up the nodes of cluster ({cluster.id}): it is in no subnet group")
    return subnets


def resolve(endpoint: str) -> str | None:
    """The IPv4 address that a name has now, or ``None``."""
    try:
        found = socket.getaddrinfo(endpoint, None, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror:
        return None
    return str(found[0][4][0]) if found else None


def _node(cluster: Cluster, member: Member, subnets: Sequence[Subnet], interfaces: dict[str, Interface]) -> Node:
    endpoint, port = node_endpoint(member)
    interface = interfaces.get(member.id)
    address = _address(member.id, endpoint, interface)
    subnet = _subnet(address, member.availability_zone, interface, subnets)
    if subnet is None:
        raise ClusterUnusable(
            f"resolving node ({member.id}): no subnet of its subnet group holds {address} "
            f"in zone {member.availability_zone}"
        )
    return Node(
        node=member.id,
        shard=cluster.shards[member.id],
        role=cluster.roles.get(member.id),
        endpoint=endpoint,
        port=port,
        vpc_id=subnet.vpc_id,
        availability_zone=subnet.zone,
        availability_zone_id=subnet.zone_id,
        subnet_id=subnet.id,
        ip_address=address,
    )


def _address(node_id: str, endpoint: str, interface: Interface | None) -> str:
    address = resolve(endpoint) or (interface.address if interface else None)
    if address is None:
        raise NotYetConsistent(f"resolving node ({node_id}): {endpoint} has no address yet")
    return address


def _with_prepared(node: Node, prepared: Sequence[PreparedNode]) -> Node:
    """The node with its prepared load balancer and target group, if they were prepared in its real zone."""
    for each in prepared:
        if (each.node, each.vpc_id, each.port, each.availability_zone) == (
            node.node,
            node.vpc_id,
            node.port,
            node.availability_zone,
        ):
            made = PreparedNode.model_fields.keys() - NodePlace.model_fields.keys()
            return node.model_copy(update=each.model_dump(include=made))
    return node


def _subnet(address: str, zone: str, interface: Interface | None, subnets: Sequence[Subnet]) -> Subnet | None:
    """The node's subnet: its interface's, else the one that holds the address, else the only one in its zone."""
    if interface is not None and interface.address == address:
        by_interface = [subnet for subnet in subnets if subnet.id == interface.subnet_id]
        if by_interface:
            return by_interface[0]
    by_address = [subnet for subnet in subnets if subnet.holds(address)]
    in_zone = [subnet for subnet in subnets if subnet.zone == zone]
    candidates = by_address or (in_zone if len(in_zone) == 1 else [])
    return candidates[0] if candidates else None
