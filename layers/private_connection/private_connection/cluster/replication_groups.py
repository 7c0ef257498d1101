"""Replication groups: found, listed and deleted. `creation.ensure_cluster` makes one, and none is ever modified.

Its tags can be read only while it is ``available``, so its description carries the connection and the maker too
(`ownership.describe`).
"""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from private_connection import clients
from private_connection.cluster.descriptions import Cluster, cluster_of_group
from private_connection.contracts import Contract, Done
from private_connection.errors import NotYetConsistent, doing
from private_connection.naming import digest
from private_connection.ownership import Tags, as_mapping, described_start, has_name, tags_in
from private_connection.request.contradictions import CREATED_ID_LIMIT

HIDDEN: Final[Tags] = MappingProxyType({})
"""The tags of a group that cannot be read now, and that its description, which anybody may edit, does not tell."""
TAGS_READ_AT_MOST = 100
"""Groups that a thorough look reads the tags of beside the likely ones: a call each, within a function's 60 seconds."""
NOT_DELETABLE_YET = ("InvalidReplicationGroupState", "InvalidReplicationGroupStateFault", "SnapshotAlreadyExistsFault")


class DeleteReplicationGroup(Contract):
    replication_group_id: str
    created_by: str | None
    """The run that created it, which tells its final snapshot from that of a later cluster of the same id."""
    final_snapshot: bool


def find_replication_group(group_id: str) -> Cluster | None:
    """None is asked for an id that is too long for one, as a standalone cluster's may be: ElastiCache refuses it."""
    if len(group_id) > CREATED_ID_LIMIT:
        return None
    elasticache = clients.elasticache()
    with doing("looking up replication group", group_id):
        try:
            found = elasticache.describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"]
        except elasticache.exceptions.ReplicationGroupNotFoundFault:
            return None
    return cluster_of_group(found[0])


def all_replication_groups() -> list[Cluster]:
    """Every replication group of the account and Region, without tags."""
    with doing("looking up replication groups", "all"):
        pages = clients.elasticache().get_paginator("describe_replication_groups").paginate()
        return [cluster_of_group(each) for page in pages for each in page["ReplicationGroups"]]


def list_replication_groups(
    connection: str, named: Collection[str], known: Mapping[str, Tags], *, thorough: bool
) -> Iterator[tuple[Cluster, Tags]]:
    """The replication groups that carry a connection's name, with the tags that say so.

    A group's tags decide while they can be read, whatever its description says by now. They cost a call each, so they
    are read of the groups that something of the connection names (``named``, by id) and of those that have its
    description; if the look is ``thorough``, also of the first `TAGS_READ_AT_MOST` others. ``known`` has the tags that
    an earlier look read, by id: they hold while a group's tags cannot be read.
    """
    groups = all_replication_groups()
    start = described_start(connection)
    likely = [each for each in groups if each.id in named or each.id in known or each.description.startswith(start)]
    unlikely = [each for each in groups if each not in likely and not tags_in(each.description)]
    others = [each for each in unlikely if each.status == "available"]
    for group in (*likely, *others[: TAGS_READ_AT_MOST if thorough else 0]):
        tags = ownership_tags(group, known.get(group.id, {}))
        if has_name(tags, connection):
            yield group, tags


def ownership_tags(cluster: Cluster, known: Tags = HIDDEN) -> Tags:
    """The ownership tags of a replication group; while AWS does not list them, those in its description or ``known``.

    `HIDDEN` where neither tells any. ElastiCache refuses tag calls on a group that is not available
    (``InvalidReplicationGroupState``: hashicorp/terraform-provider-aws issue 33859 and pull request 44811), as it is
    during each backup.
    """
    described = tags_in(cluster.description) or known
    if cluster.status != "available":
        return described
    elasticache = clients.elasticache()
    with doing("reading the tags of replication group", cluster.id):
        try:
            return as_mapping(elasticache.list_tags_for_resource(ResourceName=cluster.arn)["TagList"])
        except elasticache.exceptions.InvalidReplicationGroupStateFault:
            return described


def require_told(cluster: Cluster, tags: Tags) -> None:
    """Raises `NotYetConsistent` for a group whose tags are `HIDDEN`: it may be ours, or somebody else's."""
    if tags is HIDDEN:
        raise NotYetConsistent(
            f"finding replication group ({cluster.id}): its status is {cluster.status}, in which its tags cannot be "
            "read, and its description does not tell whose it is; run again when it is available"
        )


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
