"""Clusters of either kind, replication group or standalone: lookup, members and status."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.cluster.descriptions import Cluster, Member, cluster_of_cache_cluster, member_of
from private_connection.cluster.plan import ClusterPlan
from private_connection.cluster.replication_groups import find_replication_group
from private_connection.contracts import ClusterKind, Contract
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
AWAITED_TOLD = 3
"""Nodes that are named among those that are waited for."""


class CheckCluster(Contract):
    cluster: ClusterPlan
    tagged: bool = False
    """Whether this run has given it tags."""


class ClusterState(Contract):
    ready: bool
    status: str
    """The cluster's, and beside it the nodes that are waited for while it serves already."""


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
    cluster = find_cluster(plan.id, plan.kind)
    if cluster is None:
        raise NotYetConsistent(f"looking up cluster ({plan.id}): it does not show yet, or no longer exists")
    if cluster.status in LOST:
        then = "; wait until it is gone" if cluster.status in GOING else ""
        raise ClusterUnusable(
            f"waiting for cluster ({cluster.id}): its status is {cluster.status}; "
            f"ElastiCache's events (DescribeEvents) tell the reason{then}"
        )
    return cluster


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


def check_cluster(request: CheckCluster) -> ClusterState:
    """Whether every node can be connected now. A cluster that is being modified or backed up still serves.

    A group may be ``available`` before each member is ready (hashicorp/terraform-provider-aws issue 50096). What this
    run has begun to modify itself is to end first: no tag is taken off a cluster that is not available, and nothing
    withdrawn from it. Raises what `require_cluster` does, and `ClusterUnusable` if a node has failed.
    """
    cluster = require_cluster(request.cluster)
    if cluster.status not in (("available",) if request.tagged else SERVING):
        return ClusterState(ready=False, status=cluster.status)
    members = find_members(cluster)
    awaited = _awaited(cluster, members)
    ready = not awaited and any(not member.leaving for member in members)
    return ClusterState(ready=ready, status=cluster.status + _told(awaited))


def _awaited(cluster: Cluster, members: Sequence[Member]) -> list[str]:
    """The nodes that stay, or do not show, and have no endpoint: they lack it while they are being added or replaced.

    Raises `ClusterUnusable` if one of them never gets it.
    """
    failed = [f"{each.id} is {each.status}" for each in members if each.address is None and each.status in FAILED]
    if failed:
        raise ClusterUnusable(
            f"waiting for cluster ({cluster.id}): it is {cluster.status}, and of its nodes {', '.join(failed)}; "
            "ElastiCache's events (DescribeEvents, source type cache-cluster) tell the reason"
        )
    answering = {each.id for each in members if each.address is not None or each.leaving}
    return [each for each in cluster.member_ids if each not in answering]


def _told(awaited: Sequence[str]) -> str:
    named = [*awaited[:AWAITED_TOLD], *([f"{len(awaited) - AWAITED_TOLD} more"] if awaited[AWAITED_TOLD:] else [])]
    return f", without an endpoint of {', '.join(named)}," if named else ""


def node_endpoint(member: Member) -> tuple[str, int]:
    """DNS name and port of a node. Raises `NotYetConsistent` while ElastiCache does not show them."""
    if member.address is None or member.port is None:
        raise NotYetConsistent(f"looking up node ({member.id}): it has no endpoint yet")
    return member.address, member.port
