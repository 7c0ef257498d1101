"""Zones in which no load balancer stands: each finding, and what is near it and none."""

from typing import Final

import pytest

from private_connection.preflight.checks.zones import check_zones
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, PathFacts, RefusedLook
from private_connection.request.models import ProvisionRequest
from private_connection.request.parsing import parse_request
from tests.unit.builders import a_place, a_subnet, an_existing, an_input, creating, facts

ORDINARY = frozenset({"us-east-1a", "us-east-1b"})
PATHS, LOCAL = PathFacts(zones=ORDINARY), "us-east-1-bos-1a"
ADOPT, CREATE = parse_request(an_input(cluster={"id": "redis-demo"})), parse_request(creating())


def nodes_in(zone: str, paths: PathFacts = PATHS) -> Facts:
    place = a_place("redis-demo-001", availability_zone=zone)
    return facts(cluster=ClusterFacts(an_existing(), places=(place,)), creation=CreationFacts(), paths=paths)


def subnets_in(*zones: str) -> Facts:
    return facts(creation=CreationFacts(subnets=tuple(map(a_subnet, zones)), zones=ORDINARY))


def cluster_in(*zones: str, without_ipv4: str = "") -> Facts:
    """A cluster with a node in the first zone, and a subnet in each."""
    subnets = (*map(a_subnet, zones), *(a_subnet(each, "-6", cidr=None) for each in without_ipv4.split()))
    cluster = ClusterFacts(an_existing(), subnets=subnets, places=(a_place(availability_zone=zones[0]),))
    return facts(cluster=cluster, creation=CreationFacts(), paths=PATHS)


EVERYWHERE = parse_request(an_input(cluster={"id": "redis-demo"}, zones="all"))
MADE_EVERYWHERE = parse_request(creating() | {"zones": "all"})
RAISED: Final[list[tuple[str, str, ProvisionRequest, Facts]]] = [
    ("NODES_IN_LOCAL_ZONES", "cluster.id", ADOPT, nodes_in(LOCAL)),
    ("SUBNETS_IN_LOCAL_ZONES", "cluster.create.subnetIds", CREATE, subnets_in(LOCAL)),
    ("SUBNETS_IN_LOCAL_ZONES", "cluster.create.subnetIds", MADE_EVERYWHERE, subnets_in(LOCAL)),
    ("SUBNETS_IN_LOCAL_ZONES", "zones", MADE_EVERYWHERE, subnets_in("us-east-1a", LOCAL)),
    ("SUBNETS_IN_LOCAL_ZONES", "zones", EVERYWHERE, cluster_in("us-east-1a", LOCAL)),
    ("NODES_IN_LOCAL_ZONES", "cluster.id", EVERYWHERE, cluster_in(LOCAL)),
]
NOT_RAISED: Final[list[tuple[str, ProvisionRequest, Facts]]] = [
    ("nodes in an Availability Zone", ADOPT, nodes_in("us-east-1a")),
    ("a look that was refused", ADOPT, nodes_in(LOCAL, PathFacts(zones=RefusedLook("cluster.id", "denied")))),
    ("an asked-for zone with and without IPv4", EVERYWHERE, cluster_in("us-east-1a", without_ipv4="us-east-1a")),
    ("a Local Zone that is not asked for", ADOPT, cluster_in("us-east-1a", LOCAL)),
    ("a zone without IPv4 that is not asked for", ADOPT, cluster_in("us-east-1a", without_ipv4="us-east-1b")),
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


def test_a_zone_without_ipv4_takes_no_load_balancer() -> None:
    (raised,) = check_zones(EVERYWHERE, cluster_in("us-east-1a", without_ipv4="us-east-1b"))
    assert (raised.code, raised.field) == ("SUBNET_WITHOUT_IPV4", "zones")
    assert "in us-east-1b but subnet-us-east-1b-6" in raised.found
