"""Room for load balancers in the subnets of a cluster. Pure.

An internal Network Load Balancer takes one address of its subnet, and where AWS picks that address, the subnet must
have eight free ones (Network Load Balancers guide, "Availability Zones"). A load balancer has to be in its node's zone.
Another subnet of that zone serves as well as the node's own, if it is of the cluster's subnet group: whoever made the
group lets those subnets reach each other, which nothing says of the other subnets of the VPC.
"""

from collections.abc import Collection, Sequence
from typing import TypeVar

from private_connection.cluster.networks import Subnet
from private_connection.contracts import NodePlace

LEAST_FREE = 8
Place = TypeVar("Place", bound=NodePlace)


def room(subnet: Subnet) -> int:
    """How many load balancers can be made in the subnet one after another."""
    return 0 if subnet.cidr is None else max(0, subnet.free - LEAST_FREE + 1)


def with_room(places: Sequence[Place], subnets: Sequence[Subnet], standing: Collection[str] = ()) -> list[Place]:
    """The places, each in a subnet that has room for the node's load balancer, preferably in the node's own.

    ``standing`` are the nodes whose load balancer needs no more room. Where no subnet of the zone has room, a place
    stays as it is, for AWS to decide.
    """
    left = {subnet.id: room(subnet) for subnet in subnets}
    return [place if place.node in standing else _settled(place, subnets, left) for place in places]


def _settled(place: Place, subnets: Sequence[Subnet], left: dict[str, int]) -> Place:
    in_zone = sorted(
        (each.id for each in subnets if each.zone == place.availability_zone), key=lambda each: -left[each]
    )
    wanted = [each for each in (place.subnet_id, *in_zone) if left.get(each, 0) > 0]
    if not wanted:
        return place
    left[wanted[0]] -= 1
    return place if wanted[0] == place.subnet_id else place.model_copy(update={"subnet_id": wanted[0]})
