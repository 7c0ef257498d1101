"""Room for what the paths need: each finding at the number where it begins, and none one below."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from private_connection.cluster.admission import Rule
from private_connection.contracts import ZoneSubnets
from private_connection.naming import node_resource
from private_connection.ownership import CONNECTION, CREATED_BY, use_tag
from private_connection.preflight.checks.room import RULES_AT_FIRST, check_room
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, PathFacts, RefusedLook
from private_connection.request.models import ProvisionRequest
from private_connection.request.parsing import parse_request
from tests.unit.builders import (
    Json,
    a_place,
    a_rule,
    a_security_group,
    a_subnet,
    an_existing,
    an_input,
    creating,
    facts,
)

A, B = "us-east-1a", "us-east-1b"
REFUSED = RefusedLook("cluster.id", "denied")
ADOPT = parse_request(an_input(cluster={"id": "redis-demo"}))
THREE: Final[Json] = {"replicasPerShard": 2}
LIMITS: Final = {"network-load-balancers": 50, "target-groups": 3000}


def zones_of(*names: str, zones: str = A) -> dict[str, ZoneSubnets]:
    """As many load balancers, all in these zones."""
    return dict.fromkeys(names, dict.fromkeys(zones.split(), "subnet-there"))


def own(number: int) -> str:
    """The name that a node's load balancer has."""
    return node_resource("redis-demo", f"redis-demo-{number:03d}", "vpc-1", 6379)


def some(number: int) -> dict[str, ZoneSubnets]:
    return zones_of(*(f"web-{each}" for each in range(number)))


def existing(free: int = 200, nodes: int = 3, zone: str = A, balancers: Any = None, **paths: Any) -> Facts:
    """A cluster whose nodes are in one subnet, which has so many free addresses."""
    places = tuple(a_place(f"redis-demo-{number:03d}", availability_zone=zone) for number in range(1, nodes + 1))
    cluster = ClusterFacts(an_existing(), subnets=(a_subnet(zone, free=free),), places=places)
    return facts(cluster=cluster, creation=CreationFacts(), paths=PathFacts(load_balancers=balancers or {}, **paths))


def in_two_zones(*free_in_a: int, free_in_b: int = 200, balancers: Any = None) -> Facts:
    """A cluster of three nodes, two in the first zone, whose subnets have so many free addresses."""
    subnets = (*(a_subnet(A, str(n), free=each) for n, each in enumerate(free_in_a)), a_subnet(B, free=free_in_b))
    zones = (A, A, B)
    places = tuple(a_place(f"redis-demo-{n:03d}", availability_zone=zone) for n, zone in enumerate(zones, start=1))
    cluster = ClusterFacts(an_existing(), subnets=subnets, places=places)
    return facts(cluster=cluster, creation=CreationFacts(), paths=PathFacts(load_balancers=balancers or {}))


def to_create_in_two(free_in_a: int, free_in_b: int = 200, zones: Any = frozenset({A, B})) -> Facts:
    subnets = (a_subnet(A, free=free_in_a), a_subnet(B, free=free_in_b))
    return facts(creation=CreationFacts(subnets=subnets, zones=zones), paths=PathFacts())


def to_create(*free: int, balancers: Mapping[str, ZoneSubnets] | None = None, **paths: Any) -> Facts:
    """Subnets of one zone, with so many free addresses each."""
    subnets = tuple(a_subnet(A, str(number), free=each) for number, each in enumerate(free))
    creation = CreationFacts(subnets=subnets, zones=frozenset({A}))
    return facts(creation=creation, paths=PathFacts(load_balancers=balancers or {}, **paths))


def guarded(rules: int, **request: Any) -> Facts:
    """A cluster in a group that has so many rules for other ports."""
    cidr = {"cidr": "10.9.0.0/24", "from_port": 7000, "to_port": 7000}
    held = tuple(a_rule(id=f"sgr-{number}", **cidr) for number in range(rules))
    return existing(groups=(a_security_group(),), rules=(*held, *request.get("also", ())))


def tagged(tags: int, user: str = "other", **changes: Any) -> Rule:
    """A rule that a connection made and uses, with so many tags."""
    ours = {CONNECTION: user, CREATED_BY: "run-7", use_tag(user): "run-7"}
    return a_rule(tags=ours | {f"key-{number}": "" for number in range(tags - len(ours))}, **changes)


CREATE = parse_request(creating(**THREE))
EVERYWHERE = parse_request(an_input(cluster={"id": "redis-demo"}, zones="all"))
MADE_EVERYWHERE = parse_request(creating(**THREE) | {"zones": "all"})
ALL: Final = zones_of(own(1), own(2), own(3))
IN_BOTH: Final = zones_of(own(1), own(2), own(3), zones=f"{A} {B}")
Row = tuple[str, str, ProvisionRequest, Facts]
RAISED: Final[list[Row]] = [
    ("SUBNET_FULL", "cluster.id", ADOPT, existing(free=9)),
    ("SUBNET_FULL", "cluster.id", ADOPT, existing(free=7, balancers=zones_of(own(1), own(2)))),
    ("SUBNET_FULL", "cluster.id", ADOPT, existing(free=7, nodes=1, zone=B, balancers=zones_of(own(1)))),
    ("SUBNET_FULL", "cluster.create.subnetIds", CREATE, to_create(12)),
    ("SUBNET_FULL", "cluster.create.subnetIds", CREATE, to_create(9, 10)),
    ("SUBNET_FULL", "cluster.create.subnetGroup", parse_request(creating(subnetGroup="caches")), to_create(8)),
    ("QUOTA_TOO_SMALL", "cluster.id", ADOPT, existing(limits=LIMITS, balancers=some(48))),
    ("QUOTA_TOO_SMALL", "cluster.id", CREATE, to_create(200, limits=LIMITS, balancers=some(48))),
    ("QUOTA_TOO_SMALL", "cluster.id", CREATE, to_create(200, limits={"target-groups": 2})),
    ("SUBNET_FULL", "zones", EVERYWHERE, in_two_zones(9)),  # two of its own, and one of the other zone's
    ("SUBNET_FULL", "zones", EVERYWHERE, in_two_zones(8, 8)),
    ("SUBNET_FULL", "zones", EVERYWHERE, in_two_zones(200, free_in_b=9)),
    ("SUBNET_FULL", "zones", EVERYWHERE, in_two_zones(7, balancers=zones_of(own(1), own(2)))),
    ("SUBNET_FULL", "cluster.id", EVERYWHERE, in_two_zones(8)),  # not even room for its own
    ("SUBNET_FULL", "zones", MADE_EVERYWHERE, to_create_in_two(11)),  # three, and two nodes
    ("SUBNET_FULL", "zones", MADE_EVERYWHERE, to_create_in_two(200, 10)),
    ("SUBNET_FULL", "zones", MADE_EVERYWHERE, to_create_in_two(200, 9, REFUSED)),
    ("GROUP_FULL", "cluster.id", ADOPT, guarded(RULES_AT_FIRST)),
    ("RULE_FULL", "cluster.id", ADOPT, guarded(0, also=(tagged(50),))),
]
NOT_RAISED: Final[list[tuple[str, ProvisionRequest, Facts]]] = [
    ("just enough addresses", ADOPT, existing(free=10)),
    ("load balancers that are there", ADOPT, existing(free=0, balancers=ALL)),
    ("just enough for nodes and load balancers", CREATE, to_create(13)),
    ("enough in two subnets together", CREATE, to_create(10, 10)),
    ("just enough in every zone", EVERYWHERE, in_two_zones(10, free_in_b=10)),
    ("enough for the other zone's in one of two subnets", EVERYWHERE, in_two_zones(8, 9)),
    ("load balancers in all zones", EVERYWHERE, in_two_zones(0, free_in_b=0, balancers=IN_BOTH)),
    ("no room in a zone that is not asked for", ADOPT, in_two_zones(9, free_in_b=8)),
    ("just enough for all of a cluster to create", MADE_EVERYWHERE, to_create_in_two(12, 11)),
    ("just enough for nodes in zones that are not known", MADE_EVERYWHERE, to_create_in_two(10, 10, REFUSED)),
    ("load balancers that could not be read", ADOPT, existing(free=0, balancers=REFUSED, limits=LIMITS)),
    ("just enough load balancers", ADOPT, existing(limits=LIMITS, balancers=some(47))),
    (
        "more than the quota, and none to be made",
        ADOPT,
        existing(limits={"network-load-balancers": 2}, balancers=ALL),
    ),
    ("quotas that could not be read", ADOPT, existing(limits=REFUSED, balancers=some(90))),
    ("a quota that AWS does not list", ADOPT, existing(limits={"target-groups": 3000}, balancers=some(90))),
    ("a rule's room", ADOPT, guarded(RULES_AT_FIRST - 1)),
    ("a quota that was raised", ADOPT, guarded(RULES_AT_FIRST + 1)),
    (
        "a full group that admits them",
        ADOPT,
        guarded(RULES_AT_FIRST - 1, also=(a_rule(cidr="10.0.0.0/8"),)),
    ),
    ("a rule with room for a tag", ADOPT, guarded(0, also=(tagged(49),))),
    ("a full rule that is ours already", ADOPT, guarded(0, also=(tagged(50, "redis-demo"),))),
    ("a full rule that is used as it is", ADOPT, guarded(0, also=(a_rule(tags={f"k{n}": "" for n in range(50)}),))),
    ("a full rule for another port", ADOPT, guarded(0, also=(tagged(50, from_port=7000, to_port=7000), a_rule()))),
    ("a group that is made", CREATE, to_create(200)),
]


@pytest.mark.parametrize(("code", "field", "request_", "found"), RAISED, ids=[row[0] for row in RAISED])
def test_a_finding_on_room(code: str, field: str, request_: ProvisionRequest, found: Facts) -> None:
    assert [(each.code, each.field) for each in check_room(request_, found)] == [(code, field)]


@pytest.mark.parametrize(("what", "request_", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_no_finding_on_room(what: str, request_: ProvisionRequest, found: Facts) -> None:
    assert list(check_room(request_, found)) == []


def test_a_full_subnet_is_named_with_what_is_free_and_what_is_needed() -> None:
    (finding,) = check_room(CREATE, to_create(12))
    assert finding.found == "in zone us-east-1a: subnet-us-east-1a0 with 12 free addresses"
    assert finding.expected.startswith("at least 13 free for 3 load balancers and 3 nodes")


def test_a_subnet_without_room_for_all_zones_is_named_with_what_it_needs() -> None:
    (finding,) = check_room(EVERYWHERE, in_two_zones(9))
    assert finding.found == "in zone us-east-1a: subnet-us-east-1a0 with 9 free addresses"
    assert finding.expected.startswith("at least 10 free for 3 load balancers: ")
    assert finding.expected.endswith("; the 1 of nodes in other zones are all made in one subnet")


def test_anywhere_needs_one_rule() -> None:
    anywhere = parse_request(an_input(cluster={"id": "redis-demo"}, ingress="anywhere"))
    (finding,) = check_room(anywhere, guarded(RULES_AT_FIRST))
    assert "0.0.0.0/0" in finding.found


@pytest.mark.parametrize(("lists", "told"), [(0, False), (2, True)])
def test_rules_for_prefix_lists_are_counted_as_one_and_said_to_be_more(lists: int, told: bool) -> None:
    of_lists = tuple(
        a_rule(id=f"sgr-list-{number}", cidr=None, prefix_list=f"pl-{number}", from_port=7000, to_port=7000)
        for number in range(lists)
    )
    (found,) = check_room(ADOPT, guarded(RULES_AT_FIRST - lists, also=of_lists))
    assert found.found.startswith("security group sg-1 with 60 inbound rules")
    assert (f"{lists} of them for prefix lists, which count as many" in found.found) is told
