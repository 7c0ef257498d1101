"""Clusters of either kind, replication group or standalone: lookup, members and status. `readiness` waits for them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.cluster.descriptions import Cluster, Member, cluster_of_cache_cluster, member_of
from private_connection.cluster.plan import ClusterPlan
from private_connection.cluster.replication_groups import find_replication_group
from private_connection.contracts import ClusterKind
from private_connection.errors import ClusterUnusable, NotYetConsistent, doing

if TYPE_CHECKING:
    from mypy_boto3_elasticache.type_defs import CacheClusterTypeDef

SERVING = ("available", "modifying", "snapshotting")
"""Statuses in which nodes serve, during changes and backups too (ElastiCache API reference, ReplicationGroup)."""
GOING = ("deleting", "deleted")
FAILED = ("create-failed", "restore-failed", "incompatible-network")
LOST = (*GOING, *FAILED)
"""Statuses that a cluster, or a member of one, does not leave for ``available`` by itself. Members are seen in
``create-failed`` too (runbook "ElastiCache create failed" of the UK Ministry of Justice's Cloud Platform), though the
API reference lists it for groups alone.
"""


def find_cluster(cluster_id: str, kind: ClusterKind) -> Cluster | None:
    return find_replication_group(cluster_id) if kind == "replicationGroup" else find_cache_cluster(cluster_id)


def find_clusters(cluster_ids: Sequence[str]) -> list[str]:
    """Those of these ids that a cluster of either kind has."""
    return [each for each in cluster_ids if find_replication_group(each) or find_cache_cluster(each)]


def find_cache_cluster(cluster_id: str) -> Cluster | None:
    """A standalone cluster, or a member of a replication group, which names its ``group``."""
    elasticache = clients.elasticache()
    with doing("looking up cache cluster", cluster_id):
        try:
            found = elasticache.describe_cache_clusters(CacheClusterId=cluster_id, ShowCacheNodeInfo=True)
        except elasticache.exceptions.CacheClusterNotFoundFault:
            return None
    return cluster_of_cache_cluster(found["CacheClusters"][0])


def is_serverless(cache_name: str) -> bool:
    """Whether a serverless cache has this name."""
    elasticache = clients.elasticache()
    with doing("looking up serverless cache", cache_name):
        try:
            return bool(elasticache.describe_serverless_caches(ServerlessCacheName=cache_name)["ServerlessCaches"])
        except elasticache.exceptions.ServerlessCacheNotFoundFault:
            return False


def find_members(cluster: Cluster) -> list[Member]:
    """The nodes that the cluster consists of, sorted by id. A node that ElastiCache does not list is left out.

    ``ShowCacheNodeInfo`` is what makes ElastiCache include the endpoints (API reference, DescribeCacheClusters).
    """
    if cluster.node is not None:
        return [cluster.node]
    found = map(member_of, _described_members(cluster))
    return sorted((each for each in found if each.id in cluster.shards), key=lambda member: member.id)


def _described_members(cluster: Cluster) -> "list[CacheClusterTypeDef]":
    """One call for the only member, which may not be listed yet; else all clusters, since no filter picks a group's."""
    elasticache, ids = clients.elasticache(), cluster.member_ids
    with doing("looking up the nodes of cluster", cluster.id):
        if len(ids) == 1:
            try:
                return elasticache.describe_cache_clusters(CacheClusterId=ids[0], ShowCacheNodeInfo=True)[
                    "CacheClusters"
                ]
            except elasticache.exceptions.CacheClusterNotFoundFault:
                return []
        pages = elasticache.get_paginator("describe_cache_clusters").paginate(ShowCacheNodeInfo=True)
        return [each for page in pages for each in page["CacheClusters"]]


def all_cache_clusters() -> list[Cluster]:
    """Every cache cluster of the account and Region: each standalone one, and each member of a replication group."""
    with doing("looking up nodes", "all"):
        pages = clients.elasticache().get_paginator("describe_cache_clusters").paginate(ShowCacheNodeInfo=True)
        return [cluster_of_cache_cluster(each) for page in pages for each in page["CacheClusters"]]


def find_node_endpoints() -> dict[str, str | None]:
    """Every node of the account and Region with the DNS name of its endpoint; null while it has none."""
    return {each.id: each.address for each in nodes_of(all_cache_clusters())}


def nodes_of(clusters: Iterable[Cluster]) -> list[Member]:
    """The node of each cache cluster among these clusters."""
    return [each.node for each in clusters if each.node is not None]


def require_cluster(plan: ClusterPlan) -> Cluster:
    """The cluster. Raises `NotYetConsistent` if ElastiCache does not list it, `ClusterUnusable` if it is `LOST`."""
    cluster = require_listed(plan)
    require_unlost(cluster)
    return cluster


def require_listed(plan: ClusterPlan) -> Cluster:
    """The cluster, whatever its status. Raises `NotYetConsistent` if ElastiCache does not list it."""
    cluster = find_cluster(plan.id, plan.kind)
    if cluster is None:
        raise NotYetConsistent(f"looking up cluster ({plan.id}): it does not show yet, or no longer exists")
    return cluster


def require_unlost(cluster: Cluster) -> None:
    """Raises `ClusterUnusable` if the cluster is `LOST`."""
    if cluster.status in LOST:
        then = "; wait until it is gone" if cluster.status in GOING else ""
        raise ClusterUnusable(
            f"waiting for cluster ({cluster.id}): its status is {cluster.status}; "
            f"ElastiCache's events (DescribeEvents) tell the reason{then}"
        )


def require_all(cluster: Cluster, members: Sequence[Member]) -> list[Member]:
    """The members that stay. Raises `NotYetConsistent` unless ElastiCache lists every one, and one at least stays."""
    missing = sorted(set(cluster.member_ids) - {member.id for member in members})
    staying = [member for member in members if not member.leaving]
    if missing or not staying:
        raise NotYetConsistent(
            f"looking up the nodes of cluster ({cluster.id}): {', '.join(missing) or 'none'} cannot be seen yet"
        )
    return staying


def require_members(cluster: Cluster) -> list[Member]:
    """The members that stay, as they are now. Raises as `require_all` does."""
    return require_all(cluster, find_members(cluster))


def node_endpoint(member: Member) -> tuple[str, int]:
    """DNS name and port of a node. Raises `NotYetConsistent` while ElastiCache does not show them."""
    if member.address is None or member.port is None:
        raise NotYetConsistent(f"looking up node ({member.id}): it has no endpoint yet")
    return member.address, member.port
