"""Replication groups: found, listed and deleted. `creation.ensure_cluster` makes one, and none is ever modified.

Its tags can be read only while it is ``available``, so its description carries the connection and the maker too
(`ownership.describe`).
"""

from collections.abc import Iterator

from private_connection import clients
from private_connection.cluster.descriptions import Cluster, cluster_of_group
from private_connection.contracts import Contract, Done
from private_connection.errors import doing
from private_connection.naming import digest
from private_connection.ownership import CONNECTION, Tags, as_mapping, described_start, tags_in

NOT_DELETABLE_YET = ("InvalidReplicationGroupState", "InvalidReplicationGroupStateFault", "SnapshotAlreadyExistsFault")


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


def delete_replication_group(request: DeleteReplicationGroup) -> Done:
    """Deletes it with its nodes. An absent one is success. Raises `NotYetConsistent` while it is being changed.

    Of a group whose creation failed there is nothing to keep, and ElastiCache would refuse the snapshot for ever.
    """
    elasticache, group_id = clients.elasticache(), request.replication_group_id
    snapshot = _final_snapshot(request) if request.final_snapshot else {}
    with doing("deleting replication group", group_id, not_yet=NOT_DELETABLE_YET):
        try:
            elasticache.delete_replication_group(ReplicationGroupId=group_id, RetainPrimaryCluster=False, **snapshot)
        except elasticache.exceptions.ReplicationGroupNotFoundFault:
            return Done()
    return Done()


def _final_snapshot(request: DeleteReplicationGroup) -> dict[str, str]:
    group = find_replication_group(request.replication_group_id)
    if group is None or group.status == "create-failed":
        return {}
    return {"FinalSnapshotIdentifier": f"{request.replication_group_id}-{digest(request.created_by or '')}"}
