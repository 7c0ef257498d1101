"""Completion: makes every choice that the request leaves open, from the facts. Pure; it judges nothing."""

from typing import NamedTuple

from private_connection.cluster.engine_versions import family
from private_connection.cluster.networks import Subnet
from private_connection.cluster.placement import foresee, spread
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.room import with_room
from private_connection.contracts import ClusterKind, NodePlace
from private_connection.naming import cluster_resource, node_resource
from private_connection.preflight.facts import CreationFacts, Facts, known
from private_connection.request.models import ConnectionRequest, CreateCluster


class Completion(NamedTuple):
    plan: ClusterPlan
    foreseen_nodes: tuple[NodePlace, ...]


def complete(request: ConnectionRequest, facts: Facts) -> Completion:
    """The cluster to adopt or to create, and the nodes whose places are known before it is available."""
    cluster_id, create, found = request.cluster.id.lower(), request.cluster.create, facts.cluster.found
    places = tuple(
        with_room(known(facts.cluster.places, ()), known(facts.cluster.subnets, ()), standing(request, facts))
    )
    if create is None:
        kind: ClusterKind = found.kind if found is not None else "replicationGroup"
        return Completion(ClusterPlan(id=cluster_id, kind=kind, creation=None), places)
    creation = _creation(cluster_id, create, facts.creation)
    foreseen = places if found is not None else foresee(cluster_id, create, creation.zones, facts.creation.subnets)
    return Completion(ClusterPlan(id=cluster_id, kind="replicationGroup", creation=creation), tuple(foreseen))


def usable_zones(facts: CreationFacts) -> list[str]:
    """The zones that nodes of a new cluster are spread over; none if it is left to AWS."""
    return sorted({subnet.zone for subnet in facts.subnets} & known(facts.zones, frozenset()))


def balancer_subnets(request: ConnectionRequest, facts: Facts) -> tuple[Subnet, ...]:
    """The subnets that load balancers sit in, or all in which they may, while the nodes' places are not known."""
    subnets = (*facts.creation.subnets, *known(facts.cluster.subnets, ()))
    used = {place.subnet_id for place in known(facts.cluster.places, ())}
    return tuple(subnet for subnet in subnets if not used or subnet.id in used)


def node_port(request: ConnectionRequest, facts: Facts) -> int | None:
    """Null while that of a cluster to adopt is not known."""
    create, places = request.cluster.create, known(facts.cluster.places, ())
    return places[0].port if places else create.port if create is not None else None


def standing(request: ConnectionRequest, facts: Facts) -> frozenset[str]:
    """The nodes whose load balancer is there, in the node's zone."""
    zones = known(facts.paths.load_balancers, {})
    return frozenset(
        place.node
        for place in known(facts.cluster.places, ())
        if place.availability_zone
        in zones.get(node_resource(request.connection, place.node, place.vpc_id, place.port), frozenset())
    )


def _creation(cluster_id: str, create: CreateCluster, facts: CreationFacts) -> ClusterCreation:
    usable = usable_zones(facts)
    group = f"default.{family(create, known(facts.versions, ()))}.cluster.on"
    return ClusterCreation(
        **create.model_dump(exclude={"security_group_ids", "subnet_group", "subnet_ids"}),
        security_group_ids=tuple(dict.fromkeys(create.security_group_ids)),
        subnet_ids=tuple(subnet.id for subnet in facts.subnets),
        subnet_group=facts.subnet_group.name if facts.subnet_group is not None else cluster_resource(cluster_id),
        vpc_id=next((subnet.vpc_id for subnet in facts.subnets), ""),
        own_subnet_group=create.subnet_group is None,
        parameter_group=group if create.cluster_mode == "enabled" else None,
        zones=tuple(spread(create, usable)),
    )
