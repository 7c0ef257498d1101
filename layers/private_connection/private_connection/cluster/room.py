"""Room for load balancers in the subnets of a cluster. Pure.

An internal Network Load Balancer takes one address of each subnet that it is in, and where AWS picks that address, the
subnet must have eight free ones (Network Load Balancers guide, "Availability Zones"). A load balancer has to be in its
node's zone. Another subnet of that zone serves as well as the node's own, if it is of the cluster's subnet group:
whoever made the group lets those subnets reach each other, which nothing says of the other subnets of the VPC.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from private_connection.cluster.networks import Subnet
from private_connection.contracts import NodePlace, ZoneSubnets

LEAST_FREE = 8
Place = TypeVar("Place", bound=NodePlace)
Standing = Mapping[str, Collection[str]]
"""The zones in which a node's load balancer needs no more room, by the node's id."""
NONE: Final[Mapping[str, str]] = MappingProxyType({})


def room(subnet: Subnet) -> int:
    """How many load balancers can be made in the subnet one after another; none on an Outpost."""
    return 0 if subnet.cidr is None or subnet.outpost is not None else max(0, subnet.free - LEAST_FREE + 1)


def zone_subnets(subnets: Sequence[Subnet], preferred: Collection[str] = ()) -> ZoneSubnets:
    """One subnet in each zone, for load balancers whose nodes are in other zones: the one that has the most room."""
    ranked = sorted(subnets, key=lambda each: (each.id not in preferred, -room(each), each.cidr is None))
    chosen = {each.zone: each.id for each in reversed(ranked)}
    return dict(sorted(chosen.items()))


def with_room(
    places: Sequence[Place],
    subnets: Sequence[Subnet],
    standing: Standing = MappingProxyType({}),
    everywhere: Mapping[str, str] = NONE,
) -> list[Place]:
    """The places, each in a subnet that has room for the node's load balancer, preferably in the node's own.

    ``everywhere`` is where load balancers stand whose nodes are in other zones: their room is taken first. Where no
    subnet of the zone has room, a place stays as it is, for AWS to decide.
    """
    left = {subnet.id: room(subnet) for subnet in subnets}
    for zone, subnet_id in everywhere.items():
        left[subnet_id] -= sum(zone not in (each.availability_zone, *standing.get(each.node, ())) for each in places)
    return [
        place if place.availability_zone in standing.get(place.node, ()) else _settled(place, subnets, left)
        for place in places
    ]


def _settled(place: Place, subnets: Sequence[Subnet], left: dict[str, int]) -> Place:
    in_zone = sorted(
        (each.id for each in subnets if each.zone == place.availability_zone), key=lambda each: -left[each]
    )
    wanted = [each for each in (place.subnet_id, *in_zone) if left.get(each, 0) > 0]
    if not wanted:
        return place
    left[wanted[0]] -= 1
    return place if wanted[0] == place.subnet_id else place.model_copy(update={"subnet_id": wanted[0]})
