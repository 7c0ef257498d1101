"""Subnets and nodes on an Outpost: each finding, and what is near it and none."""

from typing import Any, Final

import pytest

from private_connection.preflight.checks.outposts import check_outposts
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, RefusedLook
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json, a_place, a_subnet, an_existing, an_input, creating, facts

OUTPOST: Final = "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0"
ADOPT: Final = an_input(cluster={"id": "redis-demo"})
HOME, AWAY = a_subnet("us-east-1a"), a_subnet("us-east-1a", "-op", outpost=OUTPOST)


def made_in(*subnets: Any) -> Facts:
    return facts(creation=CreationFacts(subnets=subnets))


def standing_in(*subnets: Any) -> Facts:
    """A cluster with a node in the first of these subnets."""
    place = a_place(availability_zone=subnets[0].zone, subnet_id=subnets[0].id)
    cluster = ClusterFacts(an_existing(), subnets=subnets, places=(place,))
    return facts(cluster=cluster, creation=CreationFacts())


NAMED, GROUPED = creating(subnetIds=[HOME.id, AWAY.id]), creating(subnetGroup="caches")
RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("SUBNETS_ON_OUTPOST", "cluster.create.subnetIds", NAMED, made_in(HOME, AWAY)),
    ("SUBNETS_ON_OUTPOST", "cluster.create.subnetGroup", GROUPED, made_in(AWAY)),
    ("NODES_ON_OUTPOST", "cluster.id", ADOPT, standing_in(AWAY)),
]
HIDDEN: Final = facts(cluster=ClusterFacts(an_existing(), subnets=RefusedLook("cluster.id", "denied")))
NOT_RAISED: Final[list[tuple[str, Json, Facts]]] = [
    ("in the Region", creating(), made_in(HOME)),
    ("a node in the Region", ADOPT, standing_in(HOME)),
    ("a node beside such a subnet", ADOPT, standing_in(HOME, AWAY)),
    ("a look that was refused", ADOPT, HIDDEN),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED, ids=[row[1] for row in RAISED])
def test_a_finding_on_outposts(code: str, field: str, document: Json, found: Facts) -> None:
    (finding,) = check_outposts(parse_request(document), found)
    assert (finding.code, finding.field) == (code, field)
    assert AWAY.id in finding.found
    assert "no Network Load Balancer stands on an Outpost" in finding.expected


@pytest.mark.parametrize(("what", "document", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_no_finding_on_outposts(what: str, document: Json, found: Facts) -> None:
    assert list(check_outposts(parse_request(document), found)) == []
