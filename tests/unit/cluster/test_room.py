"""Room for load balancers: how many a subnet takes, and in which subnet of its zone each is put."""

from collections.abc import Collection
from typing import Final

import pytest

from private_connection.cluster.networks import Subnet
from private_connection.cluster.room import room, with_room
from tests.unit.builders import a_place, a_subnet

A, B = "us-east-1a", "us-east-1b"
OWN = "subnet-us-east-1a"


@pytest.mark.parametrize(("free", "number"), [(0, 0), (7, 0), (8, 1), (11, 4)])
def test_eight_addresses_are_free_when_the_last_one_is_made(free: int, number: int) -> None:
    assert room(a_subnet(A, free=free)) == number
    assert room(a_subnet(A, free=free, cidr=None)) == 0


def own(free: int) -> Subnet:
    return a_subnet(A, free=free)


def other(free: int, zone: str = A) -> Subnet:
    return a_subnet(zone, "-other", free=free)


ROWS: Final[list[tuple[str, list[Subnet], Collection[str], list[str]]]] = [
    ("room in the nodes' own subnet", [own(9), other(200)], (), [OWN, OWN]),
    ("room for one", [own(8), other(200)], (), [OWN, f"{OWN}-other"]),
    ("no room but in another", [own(7), other(9)], (), [f"{OWN}-other", f"{OWN}-other"]),
    ("no room in the zone", [own(7), other(200, B)], (), [OWN, OWN]),
    ("room for one that is not there yet", [own(8), other(200)], {"redis-demo-001"}, [OWN, OWN]),
]


@pytest.mark.parametrize(("what", "subnets", "standing", "chosen"), ROWS, ids=[row[0] for row in ROWS])
def test_a_subnet_of_the_zone_with_room_is_chosen(
    what: str, subnets: list[Subnet], standing: Collection[str], chosen: list[str]
) -> None:
    places = [a_place("redis-demo-001"), a_place("redis-demo-002")]
    assert [each.subnet_id for each in with_room(places, subnets, standing)] == chosen


def test_the_subnet_with_the_most_room_is_preferred() -> None:
    subnets = [own(0), a_subnet(A, "-1", free=20), a_subnet(A, "-2", free=30)]
    assert with_room([a_place()], subnets)[0].subnet_id == f"{OWN}-2"
