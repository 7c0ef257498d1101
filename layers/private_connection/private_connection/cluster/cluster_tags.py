"""The user's tags on a cluster of ours and on the groups that we made for it: what they lack is added."""

from private_connection import clients
from private_connection.cluster.descriptions import Cluster
from private_connection.cluster.plan import ClusterCreation
from private_connection.cluster.security_groups import find_cluster_security_group
from private_connection.cluster.subnet_groups import find_subnet_group, subnet_group_tags
from private_connection.contracts import Owner
from private_connection.errors import doing
from private_connection.ownership import Tags, is_ours, missing_tags


def converge_cluster_tags(owner: Owner, cluster: Cluster, tags: Tags, creation: ClusterCreation) -> bool:
    """Adds what is missing. Returns whether the replication group got tags. Without tags of the user's nothing is
    looked up.

    ElastiCache takes tags of a replication group only while it is ``available``, and may modify one that got some for a
    while (hashicorp/terraform-provider-aws, pull request 40320); one that is not available has them next time.
    """
    if not owner.tags:
        return False
    tagged = cluster.status == "available" and _tag_cache(owner, cluster.arn, tags)
    group = find_subnet_group(creation.subnet_group) if creation.own_subnet_group else None
    if group is not None and is_ours(found := subnet_group_tags(group), owner.connection):
        _tag_cache(owner, group.arn, found)
    if not creation.security_group_ids:
        _tag_security_group(owner, cluster.id, creation.vpc_id)
    return tagged


def _tag_cache(owner: Owner, arn: str, found: Tags) -> bool:
    """Whether there was something to add, and ElastiCache took it."""
    elasticache, missing = clients.elasticache(), missing_tags(owner, found)
    if not missing:
        return False
    with doing("tagging", arn):
        try:
            elasticache.add_tags_to_resource(ResourceName=arn, Tags=missing)
        except elasticache.exceptions.InvalidReplicationGroupStateFault:
            return False
    return True


def _tag_security_group(owner: Owner, cluster_id: str, vpc_id: str) -> None:
    group = find_cluster_security_group(cluster_id, vpc_id)
    if group is None or not is_ours(group.tags, owner.connection):
        return
    missing = missing_tags(owner, group.tags)
    if missing:
        with doing("tagging security group", group.id, not_yet=("InvalidGroup.NotFound",)):
            clients.ec2().create_tags(Resources=[group.id], Tags=missing)
