"""Clusters as ElastiCache describes them, replication group or standalone, in one shape.

So no step after the lookup needs to know which kind it deals with.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from private_connection.contracts import ClusterKind, NodeRole

if TYPE_CHECKING:
    from mypy_boto3_elasticache.type_defs import CacheClusterTypeDef, ReplicationGroupTypeDef

ROLES: Final[Mapping[str, NodeRole]] = {"primary": "primary", "replica": "replica"}
ONLY_SHARD = "0001"
"""The id of the shard of a cluster that has one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A cache cluster of a cluster, which is one node."""

    id: str
    subnet_group: str
    security_group_ids: tuple[str, ...]
    address: str | None
    """The DNS name of its endpoint; null while the node is being added or replaced."""
    port: int | None
    availability_zone: str
    engine_version: str = ""
    """With its patch release, such as 7.1.0."""
    parameter_group: str = ""
    status: str = "available"

    @property
    def leaving(self) -> bool:
        """Whether it is being deleted; until it has gone, the group lists it, and it keeps its endpoint."""
        return self.status in ("deleting", "deleted")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as it was described."""

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
    node_type: str = ""
    takes_plain_clients: bool = False
    """Whether it takes clients without encryption although it has encryption in transit (its mode is ``preferred``)."""
    roles: dict[str, NodeRole] = field(default_factory=dict)
    """Of each member when it was described; empty in cluster mode, in which clients find the primaries themselves."""
    kms_key: str | None = None
    """The ARN of the key for its data at rest; null for ElastiCache's own."""
    user_groups: tuple[str, ...] = ()
    snapshot_retention_days: int | None = None
    """Null if it is not shown."""
    follows: str | None = None
    """The Global Datastore that it is a secondary member of, and takes its data from; null for any other cluster."""
    node: Member | None = None
    """The one node of a cache cluster, which is described together with it; null for a replication group."""

    @property
    def member_ids(self) -> list[str]:
        return sorted(self.shards)


def cluster_of_group(group: "ReplicationGroupTypeDef") -> Cluster:
    node_groups = group.get("NodeGroups", [])
    sharded = group.get("ClusterEnabled", False) or group.get("ClusterMode") in ("enabled", "compatible")
    endpoints = [group.get("ConfigurationEndpoint"), *(shard.get("PrimaryEndpoint") for shard in node_groups)]
    return Cluster(
        id=group["ReplicationGroupId"],
        kind="replicationGroup",
        status=group.get("Status", ""),
        engine=group.get("Engine", "redis"),
        arn=group.get("ARN", ""),
        description=group.get("Description", ""),
        cluster_mode=sharded,
        transit_encryption=group.get("TransitEncryptionEnabled", False),
        at_rest_encryption=group.get("AtRestEncryptionEnabled", False),
        shards=_shards(group),
        node_type=group.get("CacheNodeType", ""),
        takes_plain_clients=group.get("TransitEncryptionMode") == "preferred",
        roles={} if sharded else _roles(group),
        port=next((endpoint["Port"] for endpoint in endpoints if endpoint and "Port" in endpoint), None),
        network_type=group.get("NetworkType", "ipv4"),
        kms_key=group.get("KmsKeyId"),
        user_groups=tuple(group.get("UserGroupIds", [])),
        snapshot_retention_days=group.get("SnapshotRetentionLimit"),
        follows=_followed(group),
    )


def _followed(group: "ReplicationGroupTypeDef") -> str | None:
    """A member of a Global Datastore is its primary or a secondary one (API reference, GlobalReplicationGroupInfo)."""
    shown = group.get("GlobalReplicationGroupInfo", {})
    secondary = shown.get("GlobalReplicationGroupMemberRole", "").lower() == "secondary"
    return shown.get("GlobalReplicationGroupId") if secondary else None


def _shards(group: "ReplicationGroupTypeDef") -> dict[str, str]:
    """The shard of each member: the one that lists it; while none does, the one that its id names."""
    listed = {
        member["CacheClusterId"]: shard.get("NodeGroupId", "")
        for shard in group.get("NodeGroups", [])
        for member in shard.get("NodeGroupMembers", [])
        if "CacheClusterId" in member
    }
    return {member: listed.get(member) or _shard_in(member) for member in group.get("MemberClusters", [])}


def _roles(group: "ReplicationGroupTypeDef") -> dict[str, NodeRole]:
    """ElastiCache shows roles with cluster mode disabled only (API reference, NodeGroupMember), and not reliably."""
    members = group.get("MemberClusters", [])
    if len(members) == 1:
        return {members[0]: "primary"}
    shown = [each for shard in group.get("NodeGroups", []) for each in shard.get("NodeGroupMembers", [])]
    roles = ((each.get("CacheClusterId"), ROLES.get(each.get("CurrentRole", ""))) for each in shown)
    return {member: role for member, role in roles if member is not None and role is not None}


def _shard_in(member_id: str) -> str:
    """The shard that an id names: ``…-0002-001`` with cluster mode enabled, ``…-001`` otherwise."""
    match = re.search(r"-(\d{4})-\d{3}$", member_id)
    return match[1] if match else ONLY_SHARD


def cluster_of_cache_cluster(cluster: "CacheClusterTypeDef") -> Cluster:
    node = member_of(cluster)
    return Cluster(
        id=node.id,
        kind="cacheCluster",
        status=cluster.get("CacheClusterStatus", ""),
        engine=cluster.get("Engine", ""),
        arn=cluster.get("ARN", ""),
        description="",
        cluster_mode=False,
        transit_encryption=cluster.get("TransitEncryptionEnabled", False),
        at_rest_encryption=cluster.get("AtRestEncryptionEnabled", False),
        shards={node.id: ONLY_SHARD},
        group=cluster.get("ReplicationGroupId"),
        node_type=cluster.get("CacheNodeType", ""),
        roles={node.id: "primary"},
        port=node.port,
        network_type=cluster.get("NetworkType", "ipv4"),
        node=node,
    )


def member_of(cluster: "CacheClusterTypeDef") -> Member:
    answering = (node for node in cluster.get("CacheNodes", []) if "Address" in node.get("Endpoint", {}))
    node = next(answering, None)
    groups = (each["SecurityGroupId"] for each in cluster.get("SecurityGroups", []) if "SecurityGroupId" in each)
    return Member(
        id=cluster["CacheClusterId"],
        subnet_group=cluster.get("CacheSubnetGroupName", ""),
        security_group_ids=tuple(groups),
        address=node["Endpoint"]["Address"] if node else None,
        port=node["Endpoint"].get("Port") if node else None,
        availability_zone=node.get("CustomerAvailabilityZone", "") if node else "",
        engine_version=cluster.get("EngineVersion", ""),
        parameter_group=cluster.get("CacheParameterGroup", {}).get("CacheParameterGroupName", ""),
        status=cluster.get("CacheClusterStatus", ""),
    )
