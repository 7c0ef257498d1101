"""Whether the primary moves away from a node's endpoint, and whether there is one that takes writes."""

from typing import Any, Final

import pytest

from private_connection.preflight.checks.failover import check_failover, check_read_only
from private_connection.preflight.facts import ClusterFacts, Facts
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json, an_existing, an_input, creating, facts

ADOPT: Final = an_input(cluster={"id": "redis-demo"})
TWO: Final = dict.fromkeys(("redis-demo-001", "redis-demo-002"), "0001")
REPLICAS: Final = "cluster.create.replicasPerShard"


def existing(**changes: Any) -> Facts:
    return facts(cluster=ClusterFacts(an_existing(**changes)))


RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("PRIMARY_MOVES", "cluster.id", ADOPT, existing(shards=TWO)),
    ("PRIMARY_MOVES", REPLICAS, creating(replicasPerShard=1), facts()),
    ("PRIMARY_MOVES", REPLICAS, creating(replicasPerShard=1), existing(shards=TWO)),
]
READ_ONLY: Final[list[tuple[str, Json, Facts]]] = [("CLUSTER_READ_ONLY", ADOPT, existing(follows="ldgnf-orders"))]
NOT_RAISED: Final[list[tuple[str, Json, Facts]]] = [
    ("one node", ADOPT, existing()),
    ("no cluster", ADOPT, facts()),
    ("cluster mode", ADOPT, existing(shards=TWO, cluster_mode=True)),
    ("a node of a group", ADOPT, existing(group="redis-demo", shards=TWO)),
    ("one node to create", creating(), facts()),
    ("shards to create", creating(clusterMode="enabled", replicasPerShard=1), facts()),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED)
def test_with_replicas_and_without_cluster_mode_it_moves(code: str, field: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in check_failover(parse_request(document), found)] == [(code, field)]


@pytest.mark.parametrize(("what", "document", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_otherwise_it_does_not(what: str, document: Json, found: Facts) -> None:
    assert list(check_failover(parse_request(document), found)) == []


@pytest.mark.parametrize(("code", "document", "found"), READ_ONLY)
def test_a_cluster_that_follows_another_is_for_reading(code: str, document: Json, found: Facts) -> None:
    (told,) = check_read_only(parse_request(document), found)
    assert (told.code, told.level) == (code, "warning")
    assert "the Global Datastore ldgnf-orders" in told.message
    assert list(check_read_only(parse_request(document), existing())) == []
