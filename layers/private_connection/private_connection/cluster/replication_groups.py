"""Creating a cluster: its own subnet group and security group where none is named, then the replication group.

A cluster that exists is never modified. Creating is the one call of a run that starts something slow and dear, so it
comes first.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.cluster.clusters import find_replication_group, ownership_tags
from private_connection.cluster.placement import member_ids
from private_connection.cluster.security_groups import ensure_cluster_security_group
from private_connection.cluster.subnet_groups import ensure_subnet_group
from private_connection.contracts import ClusterCreation, EnsureCluster, EnsuredCluster
from private_connection.errors import code_of, doing
from private_connection.ownership import describe, require_ours, tags_of

PLACEMENT_REFUSALS = ("InvalidParameterValue", "InvalidParameterCombination", "InsufficientCacheClusterCapacity")
"""What ElastiCache may answer for a zone that it cannot or will not use."""
NOT_YET = ("ReplicationGroupAlreadyExists", "ReplicationGroupAlreadyExistsFault", "CacheSubnetGroupNotFoundFault")


def ensure_cluster(request: EnsureCluster) -> EnsuredCluster:
    """Creates the cluster of a plan unless it exists; an adopted one is left alone.

    Returns the nodes that are still foreseen: none, where ElastiCache refused our zones and was left to choose its own.
    Raises `NotOurs` if a cluster of that id belongs to somebody else.
    """
    creation = request.cluster.creation
    if creation is None:
        return EnsuredCluster(foreseen_nodes=request.foreseen_nodes)
    cluster = find_replication_group(request.cluster.id)
    if cluster is not None:
        require_ours("replication group", cluster.id, ownership_tags(cluster), request)
        return EnsuredCluster(foreseen_nodes=request.foreseen_nodes)
    as_planned = _create(request, creation)
    return EnsuredCluster(foreseen_nodes=request.foreseen_nodes if as_planned else ())


def _create(request: EnsureCluster, creation: ClusterCreation) -> bool:
    """Whether the zones are the ones that were asked for."""
    cluster_id = request.cluster.id
    if creation.own_subnet_group:
        ensure_subnet_group(request, cluster_id, creation.subnet_ids)
    groups = creation.security_group_ids or (ensure_cluster_security_group(request, cluster_id, creation.vpc_id),)
    common = _settings(creation) | {
        "ReplicationGroupId": cluster_id,
        "ReplicationGroupDescription": describe(request),
        "SecurityGroupIds": list(groups),
        "Tags": tags_of(request, cluster=cluster_id),
    }
    with doing("creating replication group", cluster_id, not_yet=NOT_YET):
        return _create_in_zones(common, cluster_id, creation)


def _create_in_zones(common: Mapping[str, Any], cluster_id: str, creation: ClusterCreation) -> bool:
    create = clients.elasticache().create_replication_group
    if creation.zones:
        try:
            create(**common, **_topology(cluster_id, creation, pinned=True))
        except ClientError as error:
            if code_of(error) not in PLACEMENT_REFUSALS:
                raise
        else:
            return True
    create(**common, **_topology(cluster_id, creation, pinned=False))
    return False


def _settings(creation: ClusterCreation) -> dict[str, Any]:
    """Arguments of CreateReplicationGroup that do not depend on where the nodes go."""
    settings = {
        "Engine": creation.engine,
        "CacheNodeType": creation.node_type,
        "CacheSubnetGroupName": creation.subnet_group,
        "Port": creation.port,
        "TransitEncryptionEnabled": creation.transit_encryption,
        "AtRestEncryptionEnabled": creation.at_rest_encryption,
    }
    optional = {"EngineVersion": creation.engine_version, "CacheParameterGroupName": creation.parameter_group}
    return settings | {name: value for name, value in optional.items() if value is not None}


def _topology(cluster_id: str, creation: ClusterCreation, *, pinned: bool) -> dict[str, Any]:
    """Number and zones of the nodes.

    Automatic failover must be on in cluster mode, and off without a replica otherwise; Multi-AZ wants a replica and two
    zones.
    """
    enabled, replicas = creation.cluster_mode == "enabled", creation.replicas_per_shard
    failover = {
        "AutomaticFailoverEnabled": enabled or replicas > 0,
        "MultiAZEnabled": replicas > 0 and len(set(creation.zones)) > 1,
    }
    if not enabled:
        zones = {"PreferredCacheClusterAZs": list(creation.zones)} if pinned else {}
        return failover | {"NumCacheClusters": replicas + 1} | zones
    if not pinned:
        return failover | {"NumNodeGroups": creation.shards, "ReplicasPerNodeGroup": replicas}
    return failover | {"NumNodeGroups": creation.shards, "NodeGroupConfiguration": _node_groups(cluster_id, creation)}


def _node_groups(cluster_id: str, creation: ClusterCreation) -> list[dict[str, Any]]:
    per_shard = creation.replicas_per_shard + 1
    nodes = list(zip(member_ids(cluster_id, creation), creation.zones, strict=True))
    shards = [nodes[first : first + per_shard] for first in range(0, len(nodes), per_shard)]
    return [
        {
            "NodeGroupId": f"{number:04d}",
            "ReplicaCount": creation.replicas_per_shard,
            "PrimaryAvailabilityZone": shard[0][1],
            "ReplicaAvailabilityZones": [zone for _, zone in shard[1:]],
        }
        for number, shard in enumerate(shards, start=1)
    ]
