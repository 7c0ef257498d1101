"""Completion: makes every choice that the request leaves open, from the facts. Pure; it judges nothing."""

from collections.abc import Mapping
from typing import NamedTuple

from private_connection.cluster.engine_versions import family
from private_connection.cluster.networks import Subnet
from private_connection.cluster.placement import foresee, spread
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.room import room, with_room, zone_subnets
from private_connection.contracts import ClusterKind, NodePlace, ZoneSubnets
from private_connection.naming import cluster_resource, node_resource
from private_connection.preflight.facts import CreationFacts, Facts, known
from private_connection.request.models import ConnectionRequest, CreateCluster


class Completion(NamedTuple):
    plan: ClusterPlan
    foreseen_nodes: tuple[NodePlace, ...]
    zone_subnets: ZoneSubnets
    """A subnet in each zone, if load balancers shall be in all of them; empty too while the subnets are not known."""


def complete(request: ConnectionRequest, facts: Facts) -> Completion:
    """The cluster to adopt or to create, and the nodes whose places are known before it is available."""
    cluster_id, create, found = request.cluster.id.lower(), request.cluster.create, facts.cluster.found
    everywhere, subnets = zones_to_fill(request, facts), cluster_subnets(facts)
    places = tuple(with_room(known(facts.cluster.places, ()), subnets, standing(request, facts), everywhere))
    if create is None:
        kind: ClusterKind = found.kind if found is not None else "replicationGroup"
        return Completion(ClusterPlan(id=cluster_id, kind=kind, creation=None), places, everywhere)
    creation = _creation(cluster_id, create, facts.creation)
    foreseen = places if found is not None else foresee(cluster_id, create, creation.zones, facts.creation.subnets)
    plan = ClusterPlan(id=cluster_id, kind="replicationGroup", creation=creation)
    return Completion(plan, tuple(foreseen), everywhere)


def usable_zones(facts: CreationFacts) -> list[str]:
    """The zones that nodes of a new cluster are spread over; none if it is left to AWS."""
    return sorted({subnet.zone for subnet in facts.subnets} & known(facts.zones, frozenset()))


def cluster_subnets(facts: Facts) -> tuple[Subnet, ...]:
    """The subnets that the cluster's nodes may be in; none while they are not known."""
    return facts.creation.subnets if facts.cluster.found is None else known(facts.cluster.subnets, ())


def zones_to_fill(request: ConnectionRequest, facts: Facts) -> ZoneSubnets:
    """A subnet in each zone of the cluster, if load balancers shall be in all of them; otherwise none.

    It is the one that load balancers stand in already, as long as that has room for those that lack the zone.
    """
    if request.zones == "node":
        return {}
    there, places = standing(request, facts), known(facts.cluster.places, ())
    used = {subnet for zones in there.values() for subnet in zones.values()}
    lasting = (
        subnet.id
        for subnet in cluster_subnets(facts)
        if subnet.id in used and room(subnet) >= sum(subnet.zone not in there.get(each.node, ()) for each in places)
    )
    return zone_subnets(cluster_subnets(facts), set(lasting))


def balancer_subnets(request: ConnectionRequest, facts: Facts) -> tuple[Subnet, ...]:
    """The subnets that load balancers sit in, or all in which they may, while the nodes' places are not known."""
    subnets = (*facts.creation.subnets, *known(facts.cluster.subnets, ()))
    used = {place.subnet_id for place in known(facts.cluster.places, ())}
    used |= set(zones_to_fill(request, facts).values()) if used else set()
    return tuple(subnet for subnet in subnets if not used or subnet.id in used)


def node_port(request: ConnectionRequest, facts: Facts) -> int | None:
    """Null while that of a cluster to adopt is not known."""
    create, places = request.cluster.create, known(facts.cluster.places, ())
    return places[0].port if places else create.port if create is not None else None


def standing(request: ConnectionRequest, facts: Facts) -> Mapping[str, ZoneSubnets]:
    """The zones of the load balancers that are there, by the node's id."""
    balancers = known(facts.paths.load_balancers, {})
    names = {
        place.node: node_resource(request.connection, place.node, place.vpc_id, place.port)
        for place in known(facts.cluster.places, ())
    }
    return {node: balancers[name] for node, name in names.items() if name in balancers}


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
