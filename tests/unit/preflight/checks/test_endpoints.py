"""Advice on the endpoints of a large cluster: from the number on at which it begins, and none one below."""

from typing import Final

import pytest

from private_connection.contracts import ZoneSubnets
from private_connection.naming import node_resource
from private_connection.preflight.checks.endpoints import MANY, check_endpoints
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, PathFacts
from private_connection.request.models import ProvisionRequest
from private_connection.request.parsing import parse_request
from tests.unit.builders import a_place, a_subnet, an_existing, an_input, creating, facts

ZONE: Final = "us-east-1a"
ADOPT: Final = parse_request(an_input(cluster={"id": "redis-demo"}))


def adopted(nodes: int, standing: int = 0) -> Facts:
    """A cluster of so many nodes, some of which have their load balancer."""
    names = [f"redis-demo-{number:03d}" for number in range(nodes)]
    there: dict[str, ZoneSubnets] = {
        node_resource("redis-demo", each, "vpc-1", 6379): {ZONE: "subnet-a"} for each in names[:standing]
    }
    cluster = ClusterFacts(an_existing(), places=tuple(a_place(each, availability_zone=ZONE) for each in names))
    return facts(cluster=cluster, creation=CreationFacts(), paths=PathFacts(load_balancers=there))


def sharded(shards: int) -> ProvisionRequest:
    return parse_request(creating(clusterMode="enabled", shards=shards, replicasPerShard=1))


def to_create() -> Facts:
    return facts(creation=CreationFacts(subnets=(a_subnet(ZONE),), zones=frozenset({ZONE})), paths=PathFacts())


RAISED: Final[list[tuple[str, int, ProvisionRequest, Facts]]] = [
    ("MANY_ENDPOINTS", 40, ADOPT, adopted(MANY)),
    ("MANY_ENDPOINTS", 90, ADOPT, adopted(90, 89)),
    ("MANY_ENDPOINTS", 40, sharded(20), to_create()),
]


@pytest.mark.parametrize(("code", "nodes", "request_", "found"), RAISED, ids=["adopted", "one more", "to create"])
def test_whoever_connects_many_nodes_is_told_to_ask_for_the_quota_of_the_other_side(
    code: str, nodes: int, request_: ProvisionRequest, found: Facts
) -> None:
    (advice,) = check_endpoints(request_, found)
    assert (advice.code, advice.field, advice.level) == (code, "cluster.id", "info")
    assert advice.found.startswith(f"a cluster of {nodes} nodes")
    assert "50 endpoints" in advice.expected


NOT_RAISED: Final[list[tuple[str, ProvisionRequest, Facts]]] = [
    ("one node fewer", ADOPT, adopted(MANY - 1)),
    ("load balancers that are all there", ADOPT, adopted(90, 90)),
    ("one shard fewer", sharded(19), to_create()),
]


@pytest.mark.parametrize(("what", "request_", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_nobody_else_is_told(what: str, request_: ProvisionRequest, found: Facts) -> None:
    assert list(check_endpoints(request_, found)) == []
