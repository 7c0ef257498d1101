"""The nodes that a connection has, or will have once its cluster is created."""

from collections.abc import Iterator
from typing import NamedTuple

from private_connection.cluster.placement import member_ids, spread
from private_connection.naming import node_resource
from private_connection.preflight.completion import usable_zones
from private_connection.preflight.facts import Facts, known
from private_connection.request.models import ConnectionRequest


class Foreseen(NamedTuple):
    """A node that is there, or will be: its zone, if that is known, and the name that its load balancer has."""

    zone: str | None
    name: str


def foreseen(request: ConnectionRequest, facts: Facts) -> Iterator[Foreseen]:
    create, connection = request.cluster.create, request.connection
    if facts.cluster.found is not None:
        for place in known(facts.cluster.places, ()):
            name = node_resource(connection, place.node, place.vpc_id, place.port)
            yield Foreseen(place.availability_zone, name)
    elif create is not None and facts.creation.subnets:
        zones = spread(create, usable_zones(facts.creation))
        for number, node in enumerate(member_ids(request.cluster.id.lower(), create)):
            name = node_resource(connection, node, facts.creation.subnets[0].vpc_id, create.port)
            yield Foreseen(zones[number] if zones else None, name)
