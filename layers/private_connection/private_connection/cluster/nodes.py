"""Nodes: each one's endpoint, address, zone and subnet, found the same way for every kind of cluster.

A node's name is an ordinary public DNS record that answers with a private address, so a function outside the VPC can
resolve it. Its network interface, described as ``ElastiCache <cache cluster id>``, is the second source of the address
and the first one of the subnet. The address may change whenever the node is replaced (ElastiCache User Guide,
"Replacing nodes"); the id does not.
"""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.cluster.clusters import SERVING, Cluster, describe_members, node_endpoint, require_cluster
from private_connection.cluster.networks import Subnet, find_subnets
from private_connection.cluster.subnet_groups import find_subnet_group
from private_connection.contracts import Node, NodePlace, PreparedNode, ResolvedNodes, ResolveNodes
from private_connection.errors import ClusterUnusable, NotYetConsistent, doing

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_elasticache.type_defs import CacheClusterTypeDef

FILTER_VALUES = 200
"""Values that one EC2 filter takes (EC2 API reference, Filter)."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of a node."""

    address: str
    subnet_id: str


def resolve_nodes(request: ResolveNodes) -> ResolvedNodes:
    """The cluster's nodes, ordered by id.

    Raises `NotYetConsistent` while ElastiCache, DNS or EC2 do not know one of them.
    """
    nodes = find_nodes(require_cluster(request))
    return ResolvedNodes(nodes=tuple(_with_prepared(node, request.prepared) for node in nodes))


def find_nodes(cluster: Cluster) -> list[Node]:
    """The nodes of a cluster, ordered by id; raises as `resolve_nodes` does."""
    members = describe_members(cluster)
    missing = sorted(set(cluster.members) - {member["CacheClusterId"] for member in members})
    if missing or not members:
        raise NotYetConsistent(
            f"looking up the nodes of cluster ({cluster.id}): {', '.join(missing) or 'none'} cannot be seen yet"
        )
    group = find_subnet_group(members[0]["CacheSubnetGroupName"])
    if group is None:
        raise ClusterUnusable(f"looking up the nodes of cluster ({cluster.id}): it is in no subnet group")
    subnets, interfaces = find_subnets(group.subnet_ids), find_interfaces(group.vpc_id, cluster.members)
    return [_node(cluster, member, subnets, interfaces) for member in members]


def find_places(cluster: Cluster) -> list[NodePlace]:
    """Where the nodes of a cluster that serves are; nothing while that cannot be told of one of them."""
    if cluster.status not in SERVING:
        return []
    try:
        return [NodePlace(**node.model_dump(include=set(NodePlace.model_fields))) for node in find_nodes(cluster)]
    except (NotYetConsistent, ClusterUnusable):
        return []


def resolve(endpoint: str) -> str | None:
    """The IPv4 address that a name has now, or ``None``."""
    try:
        found = socket.getaddrinfo(endpoint, None, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror:
        return None
    return str(found[0][4][0]) if found else None


def find_interfaces(vpc_id: str, node_ids: Sequence[str]) -> dict[str, Interface]:
    """The network interface of each node that has one, by cache cluster id."""
    wanted = {f"ElastiCache {node}": node for node in node_ids}
    found: dict[str, Interface] = {}
    with doing("looking up network interfaces", vpc_id):
        pages = clients.ec2().get_paginator("describe_network_interfaces")
        for descriptions in _chunks(list(wanted)):
            filters: list[FilterTypeDef] = [
                {"Name": "vpc-id", "Values": [vpc_id]},
                {"Name": "description", "Values": descriptions},
            ]
            for page in pages.paginate(Filters=filters):
                for each in page["NetworkInterfaces"]:
                    found[wanted[each["Description"]]] = Interface(each["PrivateIpAddress"], each["SubnetId"])
    return found


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[first : first + FILTER_VALUES] for first in range(0, len(values), FILTER_VALUES))


def _node(
    cluster: Cluster, member: "CacheClusterTypeDef", subnets: Sequence[Subnet], interfaces: dict[str, Interface]
) -> Node:
    node_id = member["CacheClusterId"]
    endpoint, port, zone = node_endpoint(member)
    interface = interfaces.get(node_id)
    address = _address(node_id, endpoint, interface)
    subnet = _subnet(address, zone, interface, subnets)
    if subnet is None:
        raise ClusterUnusable(
            f"resolving node ({node_id}): no subnet of its subnet group holds {address} in zone {zone}"
        )
    return Node(
        node=node_id,
        shard=cluster.shards[node_id],
        endpoint=endpoint,
        port=port,
        vpc_id=subnet.vpc_id,
        availability_zone=subnet.zone,
        availability_zone_id=subnet.zone_id,
        subnet_id=subnet.id,
        ip_address=address,
        target_group_arn=None,
        load_balancer_arn=None,
    )


def _address(node_id: str, endpoint: str, interface: Interface | None) -> str:
    address = resolve(endpoint) or (interface.address if interface else None)
    if address is None:
        raise NotYetConsistent(f"resolving node ({node_id}): {endpoint} has no address yet")
    return address


def _with_prepared(node: Node, prepared: Sequence[PreparedNode]) -> Node:
    """The node with what was made for it before it was there, if that is in the zone where it really is."""
    for each in prepared:
        if (each.node, each.vpc_id, each.port, each.availability_zone) == (
            node.node,
            node.vpc_id,
            node.port,
            node.availability_zone,
        ):
            arns = {"target_group_arn": each.target_group_arn, "load_balancer_arn": each.load_balancer_arn}
            return node.model_copy(update=arns)
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
