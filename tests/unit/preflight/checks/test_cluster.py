"""Whether the cluster can be connected, or created: each finding, and what is near it and none."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from private_connection.cluster.clusters import GOING, LOST
from private_connection.cluster.engine_versions import EngineVersion
from private_connection.cluster.replication_groups import HIDDEN
from private_connection.preflight.checks.cluster import check_cluster
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, RefusedLook
from private_connection.request.contradictions import NODES_LIMIT
from private_connection.request.findings import Finding
from private_connection.request.parsing import parse_request
from tests.unit.builders import OURS, THEIRS, Json, an_existing, an_input, creating, facts

ADOPT: Final = an_input(cluster={"id": "Redis-Demo"})
CREATE: Final = creating()
SHARDED: Final = creating(clusterMode="enabled")
REDIS: Final = (EngineVersion("7.0", "redis7"), EngineVersion("7.1", "redis7"))
REFUSED = RefusedLook("cluster.id", "denied")


def adopted(**changes: Any) -> Facts:
    """A cluster of somebody's, with one field changed."""
    return facts(cluster=ClusterFacts(an_existing(**changes)))


def ours(**changes: Any) -> Facts:
    """The cluster of an earlier run, with one field changed."""
    return facts(cluster=ClusterFacts(an_existing(**changes), OURS))


def theirs(tags: dict[str, str], **changes: Any) -> Facts:
    return facts(cluster=ClusterFacts(an_existing(**changes), tags))


def offered(versions: tuple[EngineVersion, ...] | RefusedLook) -> Facts:
    return facts(creation=CreationFacts(versions=versions))


def of_nodes(number: int) -> dict[str, str]:
    return {f"redis-demo-{each:03d}": "0001" for each in range(number)}


RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    # to adopt
    ("CLUSTER_ABSENT", "cluster.id", ADOPT, facts()),
    ("CLUSTER_ABSENT", "cluster.id", ADOPT, facts(cluster=ClusterFacts(serverless=REFUSED))),
    ("CLUSTER_SERVERLESS", "cluster.id", ADOPT, facts(cluster=ClusterFacts(serverless=True))),
    ("CLUSTER_IS_A_NODE", "cluster.id", ADOPT, adopted(kind="cacheCluster", group="redis-demo")),
    *(("CLUSTER_LOST", "cluster.id", ADOPT, adopted(status=status)) for status in LOST),
    ("CLUSTER_ENGINE", "cluster.id", ADOPT, adopted(kind="cacheCluster", engine="memcached")),
    ("CLUSTER_IPV6", "cluster.id", ADOPT, adopted(network_type="ipv6")),
    ("TOO_MANY_NODES", "cluster.id", ADOPT, adopted(shards=of_nodes(NODES_LIMIT + 1))),
    # to create
    ("ENGINE_VERSION_ABSENT", "cluster.create.engineVersion", creating(engineVersion="9.9"), offered(REDIS)),
    ("ENGINE_VERSION_ABSENT", "cluster.create.engineVersion", SHARDED, offered(())),
    # to create, and there
    ("CLUSTER_ID_TAKEN", "cluster.id", CREATE, adopted(kind="cacheCluster")),
    ("CLUSTER_ID_TAKEN", "cluster.id", CREATE, theirs({})),
    ("CLUSTER_ID_TAKEN", "cluster.id", CREATE, theirs(THEIRS)),
    *(("CLUSTER_LOST", "cluster.id", CREATE, ours(status=status)) for status in LOST),
    ("CLUSTER_IPV6", "cluster.id", CREATE, ours(network_type="ipv6")),
]
NOT_RAISED: Final[list[tuple[str, Json, Facts]]] = [
    ("a cluster to adopt", ADOPT, adopted()),
    *((f"one in status {status}", ADOPT, adopted(status=status)) for status in ("creating", "modifying")),
    ("one with engine valkey", ADOPT, adopted(engine="valkey")),
    ("one with both network types", ADOPT, adopted(network_type="dual_stack")),
    ("a standalone one", ADOPT, adopted(kind="cacheCluster")),
    ("one of as many nodes as can be", ADOPT, adopted(shards=of_nodes(NODES_LIMIT))),
    ("a cluster to create", CREATE, facts()),
    ("the default engine version", CREATE, offered(())),
    ("a version that is offered", creating(engineVersion="7.1"), offered(REDIS)),
    ("versions that could not be read", creating(engineVersion="7.1"), offered(REFUSED)),
    ("a version where none is listed", creating(engineVersion="7.1"), offered(())),
    (
        "shards of a version where none could be read",
        creating(engineVersion="7.1", clusterMode="enabled"),
        offered(REFUSED),
    ),
    ("shards to create", SHARDED, offered(REDIS)),
    ("ours of an earlier run", CREATE, ours()),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED, ids=[f"{row[0]}-{row[1]}" for row in RAISED])
def test_a_finding_on_the_cluster(code: str, field: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in checked(document, found)] == [(code, field)]


@pytest.mark.parametrize(("what", "document", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_no_finding_on_the_cluster(what: str, document: Json, found: Facts) -> None:
    assert checked(document, found) == []


def checked(document: Json, found: Facts) -> list[Finding]:
    return list(check_cluster(parse_request(document), found))


def test_the_finding_says_whose_cluster_it_is() -> None:
    (found,) = checked(CREATE, theirs(THEIRS))
    assert "whose tag private-connection says 'other'" in found.found


@pytest.mark.parametrize("status", ["snapshotting", "modifying", "creating"])
def test_of_a_cluster_that_does_not_tell_whose_it_is_the_finding_says_when_it_will(status: str) -> None:
    (found,) = checked(CREATE, facts(cluster=ClusterFacts(an_existing(status=status), HIDDEN)))
    assert (found.code, f"in status {status}, in which its tags" in found.found) == ("CLUSTER_ID_TAKEN", True)
    assert found.remedy.startswith("if it is this connection's, run again when it is available; leave out")


@pytest.mark.parametrize("status", LOST)
def test_a_lost_cluster_that_does_not_tell_whose_it_is_is_lost_all_the_same(status: str) -> None:
    (found,) = checked(CREATE, facts(cluster=ClusterFacts(an_existing(status=status), HIDDEN)))
    assert found.code == "CLUSTER_LOST"


def test_the_finding_names_the_versions_that_are_offered() -> None:
    (found,) = checked(creating(engineVersion="9.9"), offered(REDIS))
    assert found.expected == "a version of redis that ElastiCache offers: 7.0, 7.1"


@pytest.mark.parametrize("status", LOST)
@pytest.mark.parametrize(("document", "found"), [(ADOPT, adopted), (CREATE, ours)], ids=["to adopt", "to create"])
def test_one_that_is_being_deleted_is_to_be_waited_for(
    status: str, document: Json, found: Callable[..., Facts]
) -> None:
    (told,) = checked(document, found(status=status))
    assert ("wait until it is gone" in told.remedy) is (status in GOING)
    assert ("repair or delete it" in told.remedy) is (status not in GOING)
