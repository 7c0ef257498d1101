"""Clusters: a replication group in either mode, or a standalone one. Looked up, waited for, told whose they are.

Both kinds are told in one shape, so that no step after this module needs to know which one it deals with.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import ClusterKind, ClusterReference, ClusterState
from private_connection.errors import ClusterUnusable, NotYetConsistent, doing
from private_connection.ownership import Tags, as_mapping, tags_in

if TYPE_CHECKING:
    from mypy_boto3_elasticache.type_defs import CacheClusterTypeDef, ReplicationGroupTypeDef

SERVING = ("available", "modifying", "snapshotting")
"""States in which nodes answer; the last two are daily life (ElastiCache API reference, ReplicationGroup)."""
LOST = ("create-failed", "deleting", "deleted", "restore-failed", "incompatible-network")
"""States that no waiting leads out of."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as it was when it was looked at."""

    id: str
    kind: ClusterKind
    status: str
    engine: str
    arn: str
    description: str
    cluster_mode: bool
    transit_encryption: bool
    at_rest_encryption: bool
    shards: dict[str, str]
    """Cache cluster id of each member to the id of its shard."""
    group: str | None = None
    """The replication group that a cache cluster is a member of."""
    port: int | None = None
    network_type: str = "ipv4"

    @property
    def members(self) -> list[str]:
        return sorted(self.shards)


def find_cluster(cluster_id: str, kind: ClusterKind) -> Cluster | None:
    return find_replication_group(cluster_id) if kind == "replicationGroup" else find_cache_cluster(cluster_id)


def find_replication_group(group_id: str) -> Cluster | None:
    elasticache = clients.elasticache()
    with doing("looking up replication group", group_id):
        try:
            found = elasticache.describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"]
        except elasticache.exceptions.ReplicationGroupNotFoundFault:
            return None
    return _of_group(found[0])


def list_replication_groups() -> list[Cluster]:
    """All of the Region's replication groups."""
    with doing("looking up replication groups", "all"):
        pages = clients.elasticache().get_paginator("describe_replication_groups").paginate()
        return [_of_group(each) for page in pages for each in page["ReplicationGroups"]]


def find_cache_cluster(cluster_id: str) -> Cluster | None:
    """A standalone cluster, or a member of a replication group, which names its ``group``."""
    elasticache = clients.elasticache()
    with doing("looking up cache cluster", cluster_id):
        try:
            found = elasticache.describe_cache_clusters(CacheClusterId=cluster_id, ShowCacheNodeInfo=True)[
                "CacheClusters"
            ]
        except elasticache.exceptions.CacheClusterNotFoundFault:
            return None
    return _of_cache_cluster(found[0])


def is_serverless(cache_name: str) -> bool:
    """Whether a serverless cache has this name."""
    elasticache = clients.elasticache()
    with doing("looking up serverless cache", cache_name):
        try:
            return bool(elasticache.describe_serverless_caches(ServerlessCacheName=cache_name)["ServerlessCaches"])
        except elasticache.exceptions.ServerlessCacheNotFoundFault:
            return False


def require_cluster(reference: ClusterReference) -> Cluster:
    """The cluster, which must exist. Raises `ClusterUnusable` if it is gone or beyond waiting for."""
    cluster = find_cluster(reference.cluster_id, reference.kind)
    if cluster is None:
        raise NotYetConsistent(
            f"looking up cluster ({reference.cluster_id}): it does not show yet, or no longer exists"
        )
    if cluster.status in LOST:
        raise ClusterUnusable(
            f"waiting for cluster ({cluster.id}): its status is {cluster.status}; "
            f"ElastiCache's events (DescribeEvents) tell the reason"
        )
    return cluster


def check_cluster(reference: ClusterReference) -> ClusterState:
    """One look: is every node there to be connected? A group that is modified or backed up still serves."""
    cluster = require_cluster(reference)
    ready = cluster.status == "available" or (cluster.status in SERVING and all_nodes_answer(cluster))
    return ClusterState(ready=ready, status=cluster.status)


def all_nodes_answer(cluster: Cluster) -> bool:
    """Whether each member has an endpoint, which it lacks while it is being added or replaced."""
    return all(_endpoints(each) for each in describe_members(cluster))


def describe_members(cluster: Cluster) -> "list[CacheClusterTypeDef]":
    """The cache clusters that the cluster consists of, sorted by id. A member that AWS does not list is left out.

    ``ShowCacheNodeInfo`` is what makes ElastiCache include the nodes (API reference, DescribeCacheClusters).
    """
    elasticache = clients.elasticache()
    with doing("looking up the nodes of cluster", cluster.id):
        if len(cluster.members) == 1:
            pages = [elasticache.describe_cache_clusters(CacheClusterId=cluster.members[0], ShowCacheNodeInfo=True)]
        else:
            pages = list(elasticache.get_paginator("describe_cache_clusters").paginate(ShowCacheNodeInfo=True))
    members = [each for page in pages for each in page["CacheClusters"] if each["CacheClusterId"] in cluster.shards]
    return sorted(members, key=lambda member: member["CacheClusterId"])


def ownership_tags(cluster: Cluster) -> Tags:
    """The tags that tell whose a replication group is: its own, or while they cannot be read, those in its description.

    ElastiCache refuses tag calls on a group that is not available (``InvalidReplicationGroupState``).
    """
    described = tags_in(cluster.description)
    if cluster.status != "available":
        return described
    elasticache = clients.elasticache()
    with doing("reading the tags of replication group", cluster.id):
        try:
            return as_mapping(elasticache.list_tags_for_resource(ResourceName=cluster.arn)["TagList"])
        except elasticache.exceptions.InvalidReplicationGroupStateFault:
            return described


def _of_group(group: "ReplicationGroupTypeDef") -> Cluster:
    node_groups = group.get("NodeGroups", [])
    in_shards = {
        member["CacheClusterId"]: shard["NodeGroupId"]
        for shard in node_groups
        for member in shard.get("NodeGroupMembers", [])
    }
    endpoints = [group.get("ConfigurationEndpoint"), *(shard.get("PrimaryEndpoint") for shard in node_groups)]
    return Cluster(
        id=group["ReplicationGroupId"],
        kind="replicationGroup",
        status=group["Status"],
        engine=group.get("Engine", "redis"),
        arn=group["ARN"],
        description=group.get("Description", ""),
        cluster_mode=group.get("ClusterEnabled", False) or group.get("ClusterMode") in ("enabled", "compatible"),
        transit_encryption=group.get("TransitEncryptionEnabled", False),
        at_rest_encryption=group.get("AtRestEncryptionEnabled", False),
        shards={member: in_shards.get(member, "0001") for member in group.get("MemberClusters", [])},
        port=next((endpoint["Port"] for endpoint in endpoints if endpoint and "Port" in endpoint), None),
        network_type=group.get("NetworkType", "ipv4"),
    )


def _of_cache_cluster(cluster: "CacheClusterTypeDef") -> Cluster:
    endpoints = _endpoints(cluster)
    return Cluster(
        id=cluster["CacheClusterId"],
        kind="cacheCluster",
        status=cluster["CacheClusterStatus"],
        engine=cluster["Engine"],
        arn=cluster["ARN"],
        description="",
        cluster_mode=False,
        transit_encryption=cluster.get("TransitEncryptionEnabled", False),
        at_rest_encryption=cluster.get("AtRestEncryptionEnabled", False),
        shards={cluster["CacheClusterId"]: "0001"},
        group=cluster.get("ReplicationGroupId"),
        port=endpoints[0][1] if endpoints else None,
        network_type=cluster.get("NetworkType", "ipv4"),
    )


def _endpoints(cluster: "CacheClusterTypeDef") -> list[tuple[str, int]]:
    nodes = cluster.get("CacheNodes", [])
    return [
        (node["Endpoint"]["Address"], node["Endpoint"]["Port"])
        for node in nodes
        if "Address" in node.get("Endpoint", {})
    ]


def node_endpoint(member: "CacheClusterTypeDef") -> tuple[str, int, str]:
    """Address, port and zone of a member's one node. Raises `NotYetConsistent` while ElastiCache does not tell them."""
    endpoints = _endpoints(member)
    if not endpoints:
        raise NotYetConsistent(f"looking up node ({member['CacheClusterId']}): it has no endpoint yet")
    address, port = endpoints[0]
    return address, port, member["CacheNodes"][0]["CustomerAvailabilityZone"]
