"""Looks at where the nodes of a cluster that exists are."""

from collections.abc import Sequence

from private_connection.cluster.clusters import SERVING, require_all
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.networks import Subnet, find_subnets
from private_connection.cluster.nodes import find_nodes
from private_connection.cluster.subnet_groups import find_subnet_group
from private_connection.contracts import NodePlace
from private_connection.errors import ClusterUnusable, NotYetConsistent
from private_connection.preflight.facts import CreationFacts, RefusedLook, known, optional

FIELD = "cluster.id"


def group_subnets(
    cluster: Cluster, members: tuple[Member, ...] | RefusedLook, creation: CreationFacts
) -> tuple[Subnet, ...] | RefusedLook:
    if isinstance(members, RefusedLook) or not members or cluster.status not in SERVING:
        return ()
    return optional(FIELD, lambda: tuple(_subnets_of(members[0].subnet_group, creation)))


def find_places(
    cluster: Cluster, members: tuple[Member, ...] | RefusedLook, subnets: tuple[Subnet, ...] | RefusedLook
) -> tuple[NodePlace, ...] | RefusedLook:
    if not known(subnets, ()):
        return ()
    return optional(FIELD, lambda: tuple(_find_places(cluster, known(members, ()), known(subnets, ()))))


def _find_places(cluster: Cluster, members: Sequence[Member], subnets: Sequence[Subnet]) -> list[NodePlace]:
    try:
        nodes = find_nodes(cluster, require_all(cluster, members), subnets)
    except (NotYetConsistent, ClusterUnusable):
        return []
    return [NodePlace(**node.model_dump(include=set(NodePlace.model_fields))) for node in nodes]


def _subnets_of(subnet_group: str, creation: CreationFacts) -> Sequence[Subnet]:
    """The subnets of the cluster's group, without another call where they were read for the request already."""
    named, own = creation.subnet_group, creation.own_subnet_group
    if named is not None and named.name == subnet_group:
        return creation.subnets
    group = own if own is not None and own.name == subnet_group else find_subnet_group(subnet_group)
    if group is None:
        return ()
    read = [subnet for subnet in creation.subnets if subnet.id in group.subnet_ids]
    return read if len(read) == len(group.subnet_ids) else find_subnets(group.subnet_ids)
