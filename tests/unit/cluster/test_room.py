"""Room for load balancers: how many a subnet takes, and in which subnet of its zone each is put."""

from typing import Final

import pytest

from private_connection.cluster.networks import Subnet
from private_connection.cluster.room import Standing, room, with_room, zone_subnets
from tests.unit.builders import a_place, a_subnet

A, B = "us-east-1a", "us-east-1b"
OWN = "subnet-us-east-1a"


@pytest.mark.parametrize(("free", "number"), [(0, 0), (7, 0), (8, 1), (11, 4)])
def test_eight_addresses_are_free_when_the_last_one_is_made(free: int, number: int) -> None:
    assert room(a_subnet(A, free=free)) == number
    assert room(a_subnet(A, free=free, cidr=None)) == 0
    assert room(a_subnet(A, free=free, outpost="arn:aws:outposts:us-east-1:1:outpost/op-1")) == 0


def own(free: int) -> Subnet:
    return a_subnet(A, free=free)


def other(free: int, zone: str = A) -> Subnet:
    return a_subnet(zone, "-other", free=free)


ROWS: Final[list[tuple[str, list[Subnet], Standing, list[str]]]] = [
    ("room in the nodes' own subnet", [own(9), other(200)], {}, [OWN, OWN]),
    ("room for one", [own(8), other(200)], {}, [OWN, f"{OWN}-other"]),
    ("no room but in another", [own(7), other(9)], {}, [f"{OWN}-other", f"{OWN}-other"]),
    ("no room in the zone", [own(7), other(200, B)], {}, [OWN, OWN]),
    ("room for one that is not there yet", [own(8), other(200)], {"redis-demo-001": {A}}, [OWN, OWN]),
    ("room for one that is not in its zone yet", [own(8), other(200)], {"redis-demo-001": {B}}, [OWN, f"{OWN}-other"]),
]


@pytest.mark.parametrize(("what", "subnets", "standing", "chosen"), ROWS, ids=[row[0] for row in ROWS])
def test_a_subnet_of_the_zone_with_room_is_chosen(
    what: str, subnets: list[Subnet], standing: Standing, chosen: list[str]
) -> None:
    places = [a_place("redis-demo-001"), a_place("redis-demo-002")]
    assert [each.subnet_id for each in with_room(places, subnets, standing)] == chosen


def test_the_subnet_with_the_most_room_is_preferred() -> None:
    subnets = [own(0), a_subnet(A, "-1", free=20), a_subnet(A, "-2", free=30)]
    assert with_room([a_place()], subnets)[0].subnet_id == f"{OWN}-2"


# ------------------------------------------------------------------ in all zones


def test_a_subnet_in_each_zone_is_the_one_with_the_most_room() -> None:
    subnets = [a_subnet(B), own(30), a_subnet(A, "-1", free=20), a_subnet(A, "-6", cidr=None)]
    assert zone_subnets(subnets) == {A: OWN, B: f"subnet-{B}"}
    assert zone_subnets(subnets, {f"{OWN}-1"})[A] == f"{OWN}-1", "where load balancers stand already"
    assert zone_subnets([a_subnet(A, "-6", cidr=None), own(0)]) == {A: OWN}, "never one without IPv4"
    assert zone_subnets([]) == {}


def test_load_balancers_from_other_zones_take_their_room_first() -> None:
    places, subnets = [a_place("redis-demo-001"), a_place("redis-demo-002", availability_zone=B)], [own(9), other(8)]
    for standing, chosen in (({}, OWN), ({"redis-demo-002": {A, B}}, OWN), ({"redis-demo-001": {A}}, OWN)):
        assert with_room(places, [*subnets, a_subnet(B)], standing, {A: OWN, B: f"subnet-{B}"})[0].subnet_id == chosen
    full = with_room(places, [own(8), other(8), a_subnet(B)], {}, {A: OWN, B: f"subnet-{B}"})
    assert [each.subnet_id for each in full] == [f"{OWN}-other", f"subnet-{B}"]
