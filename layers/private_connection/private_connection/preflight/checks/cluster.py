"""Whether the cluster can be connected, or created."""

from collections.abc import Iterator

from private_connection.cluster.clusters import GOING, LOST
from private_connection.cluster.descriptions import Cluster
from private_connection.cluster.engine_versions import depends_on_version, family
from private_connection.cluster.replication_groups import HIDDEN
from private_connection.ownership import is_ours, whose
from private_connection.preflight.facts import ClusterFacts, Facts, known
from private_connection.request.contradictions import too_many_nodes
from private_connection.request.findings import Finding, finding, shown
from private_connection.request.models import ConnectionRequest, CreateCluster

ENGINES = ("redis", "valkey")
FIELD = "cluster.id"


def check_cluster(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    create, cluster_id = request.cluster.create, request.cluster.id.lower()
    if create is None:
        yield from _adoption(cluster_id, facts.cluster)
        return
    yield from _engine_version(create, facts)
    yield from _creation(request.connection, cluster_id, facts.cluster)


# ------------------------------------------------------------------ a cluster to adopt


def _adoption(cluster_id: str, facts: ClusterFacts) -> Iterator[Finding]:
    cluster = facts.found
    if cluster is None:
        yield _absent(cluster_id, known(facts.serverless, False))
    elif cluster.group is not None:
        found, remedy = f"a node of replication group {cluster.group}", f"name {cluster.group}"
        yield finding("CLUSTER_IS_A_NODE", FIELD, found, "a cluster", remedy)
    else:
        yield from _unusable(cluster, "wait until it is gone, then restore it under its id, or name another")
        yield from too_many_nodes(FIELD, len(cluster.member_ids))


def _absent(cluster_id: str, serverless: bool) -> Finding:
    if serverless:
        remedy = "name one: a serverless cache has no nodes"
        return finding("CLUSTER_SERVERLESS", FIELD, "a serverless cache", "a node-based cluster", remedy)
    return finding(
        "CLUSTER_ABSENT",
        FIELD,
        f"no cluster {shown(cluster_id)} in this Region",
        "the id of a replication group or a standalone cluster",
        "correct it, or add cluster.create to have it made",
    )


def _unusable(cluster: Cluster, when_it_goes: str) -> Iterator[Finding]:
    """``when_it_goes`` is the remedy for one that is being deleted, which nobody can stop."""
    if cluster.status in LOST:
        found, expected = f"in status {cluster.status}", "a cluster that is, or will be, available"
        code = "CLUSTER_LOST"
        remedy = when_it_goes if cluster.status in GOING else "repair or delete it, or name another"
    elif cluster.engine not in ENGINES:
        found, expected = f"with engine {cluster.engine}", "redis or valkey"
        code, remedy = "CLUSTER_ENGINE", "name another cluster"
    elif cluster.network_type == "ipv6":
        found, expected = "with network type ipv6", "network type ipv4 or dual_stack"
        code, remedy = "CLUSTER_IPV6", "name another cluster"
    else:
        return
    yield finding(code, FIELD, f"cluster {cluster.id} {found}", expected, remedy)


# ------------------------------------------------------------------ a cluster to create


def _engine_version(create: CreateCluster, facts: Facts) -> Iterator[Finding]:
    offered = known(facts.creation.versions, ())
    if depends_on_version(create) and family(create, offered) is None:
        versions = f": {', '.join(each.version for each in offered)}" if offered else ""
        yield finding(
            "ENGINE_VERSION_ABSENT",
            "cluster.create.engineVersion",
            f"{create.engine} {create.engine_version or '(default)'}",
            f"a version of {create.engine} that ElastiCache offers{versions}",
            "take one of these, or leave it out",
        )


def _creation(connection: str, cluster_id: str, facts: ClusterFacts) -> Iterator[Finding]:
    cluster = facts.found
    if cluster is None:
        return
    if cluster.kind == "cacheCluster":
        yield _taken(f"a standalone cluster {cluster_id}")
    elif facts.tags is HIDDEN and cluster.status not in LOST:
        yield _taken(
            f"cluster {cluster_id} in status {cluster.status}, in which its tags cannot be read, with a description "
            "that does not tell whose it is",
            "if it is this connection's, run again when it is available",
        )
    elif facts.tags is not HIDDEN and not is_ours(facts.tags, connection):
        yield _taken(f"cluster {cluster_id}, {whose(facts.tags)}")
    else:
        yield from _unusable(cluster, "wait until it is gone, and run again, which makes it anew")


def _taken(found: str, *remedies: str) -> Finding:
    remedy = "; ".join((*remedies, "leave out cluster.create to adopt it, or choose another id"))
    return finding("CLUSTER_ID_TAKEN", FIELD, found, "a free id, or a cluster of this connection", remedy)
