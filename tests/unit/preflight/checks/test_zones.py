"""Zones in which no load balancer stands: each finding, and what is near it and none."""

from typing import Final

import pytest

from private_connection.preflight.checks.zones import check_zones
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, PathFacts, RefusedLook
from private_connection.request.models import ProvisionRequest
from private_connection.request.parsing import parse_request
from tests.unit.builders import a_place, a_subnet, an_existing, an_input, creating, facts

ORDINARY = frozenset({"us-east-1a"})
PATHS, LOCAL = PathFacts(zones=ORDINARY), "us-east-1-bos-1a"
ADOPT, CREATE = parse_request(an_input(cluster={"id": "redis-demo"})), parse_request(creating())


def nodes_in(zone: str, paths: PathFacts = PATHS) -> Facts:
    place = a_place("redis-demo-001", availability_zone=zone)
    return facts(cluster=ClusterFacts(an_existing(), places=(place,)), creation=CreationFacts(), paths=paths)


def subnets_in(*zones: str) -> Facts:
    return facts(creation=CreationFacts(subnets=tuple(map(a_subnet, zones)), zones=ORDINARY))


RAISED: Final[list[tuple[str, str, ProvisionRequest, Facts]]] = [
    ("NODES_IN_LOCAL_ZONES", "cluster.id", ADOPT, nodes_in(LOCAL)),
    ("SUBNETS_IN_LOCAL_ZONES", "cluster.create.subnetIds", CREATE, subnets_in(LOCAL)),
]
NOT_RAISED: Final[list[tuple[str, ProvisionRequest, Facts]]] = [
    ("nodes in an Availability Zone", ADOPT, nodes_in("us-east-1a")),
    ("a look that was refused", ADOPT, nodes_in(LOCAL, PathFacts(zones=RefusedLook("cluster.id", "denied")))),
    ("a subnet in an Availability Zone beside one that is not", CREATE, subnets_in(LOCAL, "us-east-1a")),
]


@pytest.mark.parametrize(("code", "field", "request_", "found"), RAISED, ids=[row[0] for row in RAISED])
def test_a_finding_on_zones(code: str, field: str, request_: ProvisionRequest, found: Facts) -> None:
    (finding,) = check_zones(request_, found)
    assert (finding.code, finding.field) == (code, field)
    assert LOCAL in finding.found


@pytest.mark.parametrize(("what", "request_", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_no_finding_on_zones(what: str, request_: ProvisionRequest, found: Facts) -> None:
    assert list(check_zones(request_, found)) == []
