"""The step Ensure cluster: a replication group, with a subnet group and a security group of its own if none is named.

A replication group that exists is never modified.
"""

from collections.abc import Collection, Mapping
from typing import Any

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.cluster.cluster_tags import converge_cluster_tags
from private_connection.cluster.placement import topology
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.replication_groups import find_replication_group, ownership_tags, require_told
from private_connection.cluster.security_groups import ensure_cluster_security_group
from private_connection.cluster.subnet_groups import ensure_subnet_group
from private_connection.contracts import Contract, NodePlace, Owner
from private_connection.errors import ClusterUnusable, NotYetConsistent, code_of, doing, message_of
from private_connection.ownership import describe, require_ours, tags_of
from private_connection.settings import node_events_topic

NO_CAPACITY = "InsufficientCacheClusterCapacity"
"""The node type is not available in a zone that the call asks for (API reference, CreateReplicationGroup)."""
INVALID = ("InvalidParameterValue", "InvalidParameterCombination")
"""What ElastiCache answers to nearly everything that it does not take: the message says what that is."""
TIERED = "cache.r6gd."
"""The node types that keep data on solid state drives too. They need ``DataTieringEnabled``, and no other type takes it
(API reference, CreateReplicationGroup).
"""
NOT_CREATABLE_YET = (
    "ReplicationGroupAlreadyExists",
    "ReplicationGroupAlreadyExistsFault",
    "CacheSubnetGroupNotFoundFault",
    "ServiceLinkedRoleNotFoundFault",
)
"""Somebody is faster, or what was made a moment ago is not visible yet: our subnet group, or the service-linked role
that an account's first use of ElastiCache makes.
"""


class EnsureCluster(Owner):
    cluster: ClusterPlan
    foreseen_nodes: tuple[NodePlace, ...]
    may_create: bool
    """Whether a cluster that is not there may be created: a repair creates none, as it would be an empty one."""


class EnsuredCluster(Contract):
    foreseen_nodes: tuple[NodePlace, ...]
    """Empty if ElastiCache refused our zones and chose its own."""
    tagged: bool = False
    """Whether the cluster was there and got tags, for which ElastiCache may modify it for a while."""


def ensure_cluster(request: EnsureCluster) -> EnsuredCluster:
    """Creates the cluster of a plan unless it exists; an adopted one is left alone.

    Returns the nodes whose places are still foreseen: none, if ElastiCache refused our zones and chose its own. Raises
    `NotOurs` if a cluster of that id belongs to somebody else, `NotYetConsistent` while it does not tell, and
    `ClusterUnusable` if it is not there and may not be
    created.
    """
    creation = request.cluster.creation
    if creation is None:
        return EnsuredCluster(foreseen_nodes=request.foreseen_nodes)
    cluster = find_replication_group(request.cluster.id)
    if cluster is not None:
        tags = ownership_tags(cluster)
        require_told(cluster, tags)
        require_ours("replication group", cluster.id, tags, request)
        tagged = converge_cluster_tags(request, cluster, tags, creation)
        return EnsuredCluster(foreseen_nodes=request.foreseen_nodes, tagged=tagged)
    if not request.may_create:
        raise ClusterUnusable(
            f"ensuring cluster ({request.cluster.id}): it does not exist any more, and a repair creates none; "
            "provision the connection to create it anew, or tear it down"
        )
    as_planned = _create(request, creation)
    return EnsuredCluster(foreseen_nodes=request.foreseen_nodes if as_planned else ())


def _create(request: EnsureCluster, creation: ClusterCreation) -> bool:
    """Creates the group; true if ElastiCache took the zones that were asked for."""
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
    with doing("creating replication group", cluster_id, not_yet=NOT_CREATABLE_YET):
        try:
            return _create_in_zones(common, cluster_id, creation)
        except ClientError as error:
            if not creation.security_group_ids and _is_about_security_groups(error):
                raise _does_not_see_our_group(cluster_id, groups[0], error) from error
            raise


def _create_in_zones(common: Mapping[str, Any], cluster_id: str, creation: ClusterCreation) -> bool:
    create = clients.elasticache().create_replication_group
    if creation.zones:
        try:
            create(**common, **topology(cluster_id, creation, pinned=True))
        except ClientError as error:
            if not _refuses_a_zone(error, creation.zones):
                raise
        else:
            return True
    create(**common, **topology(cluster_id, creation, pinned=False))
    return False


def _refuses_a_zone(error: ClientError, zones: Collection[str]) -> bool:
    """Whether the call may succeed without the zones that it asks for: only then is it worth a second try."""
    message = message_of(error)
    names_a_zone = "availability zone" in message.lower() or any(zone in message for zone in zones)
    return code_of(error) == NO_CAPACITY or (code_of(error) in INVALID and names_a_zone)


def _is_about_security_groups(error: ClientError) -> bool:
    return code_of(error) in INVALID and "security group" in message_of(error).lower()


def _does_not_see_our_group(cluster_id: str, group_id: str, error: ClientError) -> NotYetConsistent:
    """Our own group is there, in the right VPC: EC2 has just listed or made it. Others see it some seconds later (EC2
    Developer Guide, "Eventual consistency").
    """
    seen = f"ElastiCache does not accept our security group {group_id} yet: {message_of(error)} [{code_of(error)}]"
    return NotYetConsistent(f"creating replication group ({cluster_id}): {seen}")


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
    optional = {
        "EngineVersion": creation.engine_version,
        "CacheParameterGroupName": creation.parameter_group,
        "DataTieringEnabled": True if creation.node_type.startswith(TIERED) else None,
        "KmsKeyId": creation.kms_key_id,
        "UserGroupIds": list(creation.user_group_ids) or None,
        "NotificationTopicArn": node_events_topic(),
        "SnapshotRetentionLimit": creation.snapshot_retention_days or None,
    }
    return settings | {name: value for name, value in optional.items() if value is not None}
