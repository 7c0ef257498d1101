"""Replication groups: created with a subnet group and a security group of their own where none is named.

A replication group that exists is never modified. Its tags can be read only while it is ``available``, so its
description carries the connection and the maker too (`ownership.describe`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.cluster.descriptions import Cluster, cluster_of_group
from private_connection.cluster.placement import topology
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.security_groups import ensure_cluster_security_group
from private_connection.cluster.subnet_groups import ensure_subnet_group
from private_connection.contracts import Contract, Done, NodePlace, Owner
from private_connection.errors import code_of, doing
from private_connection.naming import digest
from private_connection.ownership import (
    CONNECTION,
    Tags,
    as_mapping,
    describe,
    described_start,
    require_ours,
    tags_in,
    tags_of,
)

PLACEMENT_REFUSALS = ("InvalidParameterValue", "InvalidParameterCombination", "InsufficientCacheClusterCapacity")
"""What ElastiCache may answer if it cannot use a zone that the call asks for."""
TIERED = "cache.r6gd."
"""The node types that keep data on solid state drives too. They need ``DataTieringEnabled``, and no other type takes it
(API reference, CreateReplicationGroup).
"""
NOT_CREATABLE_YET = (
    "ReplicationGroupAlreadyExists",
    "ReplicationGroupAlreadyExistsFault",
    "CacheSubnetGroupNotFoundFault",
)
NOT_DELETABLE_YET = ("InvalidReplicationGroupState", "InvalidReplicationGroupStateFault", "SnapshotAlreadyExistsFault")


class EnsureCluster(Owner):
    cluster: ClusterPlan
    foreseen_nodes: tuple[NodePlace, ...]


class EnsuredCluster(Contract):
    foreseen_nodes: tuple[NodePlace, ...]
    """Empty if ElastiCache refused our zones and chose its own."""


class DeleteReplicationGroup(Contract):
    replication_group_id: str
    created_by: str | None
    """The execution that created it, which tells its final snapshot from that of a later cluster of the same id."""
    final_snapshot: bool


def find_replication_group(group_id: str) -> Cluster | None:
    elasticache = clients.elasticache()
    with doing("looking up replication group", group_id):
        try:
            found = elasticache.describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"]
        except elasticache.exceptions.ReplicationGroupNotFoundFault:
            return None
    return cluster_of_group(found[0])


def list_replication_groups(connection: str) -> Iterator[tuple[Cluster, Tags]]:
    """The replication groups of a connection, with the tags that say so.

    A group qualifies by its description and, while they can be read, by its tags.
    """
    with doing("looking up replication groups", "all"):
        pages = clients.elasticache().get_paginator("describe_replication_groups").paginate()
        groups = [cluster_of_group(each) for page in pages for each in page["ReplicationGroups"]]
    candidates = [each for each in groups if each.description.startswith(described_start(connection))]
    tagged = ((group, ownership_tags(group)) for group in candidates)
    yield from ((group, tags) for group, tags in tagged if tags.get(CONNECTION) == connection)


def ownership_tags(cluster: Cluster) -> Tags:
    """The ownership tags of a replication group; while AWS does not list them, those in its description.

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


def ensure_cluster(request: EnsureCluster) -> EnsuredCluster:
    """Creates the cluster of a plan unless it exists; an adopted one is left alone.

    Returns the nodes whose places are still foreseen: none, if ElastiCache refused our zones and chose its own. Raises
    `NotOurs` if a cluster of that id belongs to somebody else.
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


def delete_replication_group(request: DeleteReplicationGroup) -> Done:
    """Deletes it with its nodes. An absent one is success. Raises `NotYetConsistent` while it is being changed."""
    elasticache, group_id = clients.elasticache(), request.replication_group_id
    snapshot_id = f"{group_id}-{digest(request.created_by or '')}"
    snapshot = {"FinalSnapshotIdentifier": snapshot_id} if request.final_snapshot else {}
    with doing("deleting replication group", group_id, not_yet=NOT_DELETABLE_YET):
        try:
            elasticache.delete_replication_group(ReplicationGroupId=group_id, RetainPrimaryCluster=False, **snapshot)
        except elasticache.exceptions.ReplicationGroupNotFoundFault:
            return Done()
    return Done()


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
        return _create_in_zones(common, cluster_id, creation)


def _create_in_zones(common: Mapping[str, Any], cluster_id: str, creation: ClusterCreation) -> bool:
    create = clients.elasticache().create_replication_group
    if creation.zones:
        try:
            create(**common, **topology(cluster_id, creation, pinned=True))
        except ClientError as error:
            if code_of(error) not in PLACEMENT_REFUSALS:
                raise
        else:
            return True
    create(**common, **topology(cluster_id, creation, pinned=False))
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
    optional = {
        "EngineVersion": creation.engine_version,
        "CacheParameterGroupName": creation.parameter_group,
        "DataTieringEnabled": True if creation.node_type.startswith(TIERED) else None,
    }
    return settings | {name: value for name, value in optional.items() if value is not None}
