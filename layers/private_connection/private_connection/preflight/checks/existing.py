"""Whether what an earlier run made, the cluster and its subnet group, is what the request asks for.

Neither is ever modified, so every setting is compared and each difference is a finding, but for a version that was
raised since: nobody could lower it. What AWS does not show, while a
cluster is being created or because it refused the read, is not compared.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.engine_versions import serves_as
from private_connection.naming import cluster_resource
from private_connection.ownership import is_ours, whose
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, known
from private_connection.request.findings import Finding, cluster_differs, finding, shown
from private_connection.request.models import ConnectionRequest, CreateCluster

Setting = tuple[str, object, object]
"""Its name in ``create``, what the cluster has, and what the request asks for."""


def check_existing(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    create, cluster = request.cluster.create, facts.cluster.found
    if create is None:
        return
    if cluster is None:
        yield from _own_subnet_group(request.connection, create, facts.creation)
    elif cluster.kind == "replicationGroup" and is_ours(facts.cluster.tags, request.connection):
        members = known(facts.cluster.members, ())
        yield from _differences(cluster, members, create, facts.cluster)
        if any(member.subnet_group == cluster_resource(cluster.id) for member in members[:1]):
            yield from _subnets(create, facts.creation)


# ------------------------------------------------------------------ the cluster


def _differences(
    cluster: Cluster, members: Sequence[Member], create: CreateCluster, facts: ClusterFacts
) -> Iterator[Finding]:
    settings = [*_of_cluster(cluster, create)]
    settings += _of_topology(cluster, members, create) if cluster.shards else []
    settings += _of_member(cluster, members[0], create, facts) if members else []
    for name, has, wanted in settings:
        if has != wanted:
            yield cluster_differs(cluster.id, name, has, wanted)


def _of_cluster(cluster: Cluster, create: CreateCluster) -> Iterator[Setting]:
    yield "engine", cluster.engine, create.engine
    yield "nodeType", cluster.node_type or create.node_type, create.node_type
    yield "clusterMode", "enabled" if cluster.cluster_mode else "disabled", create.cluster_mode
    yield "port", cluster.port or create.port, create.port
    yield "transitEncryption", cluster.transit_encryption, create.transit_encryption
    yield "atRestEncryption", cluster.at_rest_encryption, create.at_rest_encryption
    yield "kmsKeyId", *_keys(cluster.kms_key, create.kms_key_id)
    if cluster.status != "creating":  # until then a group may not be shown yet
        yield "userGroupIds", _lowered(cluster.user_groups), _lowered(create.user_group_ids)
    days = create.snapshot_retention_days
    yield (
        "snapshotRetentionDays",
        days if cluster.snapshot_retention_days is None else cluster.snapshot_retention_days,
        days,
    )


def _lowered(ids: Iterable[str]) -> list[str]:
    return sorted(each.lower() for each in ids)


def _keys(has: str | None, wanted: str | None) -> tuple[str | None, str | None]:
    """ElastiCache shows a key's ARN. Which key an alias stands for is not known, and may have changed since."""
    if has is None or wanted is None:
        return has, wanted
    is_same = "alias/" in wanted or wanted in (has, has.rpartition("/")[2])
    return (wanted, wanted) if is_same else (has, wanted)


def _of_topology(cluster: Cluster, members: Sequence[Member], create: CreateCluster) -> Iterator[Setting]:
    """Shards may have different numbers of replicas: somebody added one, or took one away. One that goes is gone."""
    leaving = {member.id for member in members if member.leaving}
    nodes = Counter(shard for member, shard in cluster.shards.items() if member not in leaving)
    replicas = sorted({number - 1 for number in nodes.values()})
    yield "shards", len(nodes), create.shards
    yield "replicasPerShard", replicas[0] if len(replicas) == 1 else replicas, create.replicas_per_shard


def _of_member(cluster: Cluster, member: Member, create: CreateCluster, facts: ClusterFacts) -> Iterator[Setting]:
    """What a replication group does not show and each of its nodes does."""
    version = create.engine_version
    yield "engineVersion", version if serves_as(version, member.engine_version) else member.engine_version, version
    group = (create.subnet_group or cluster_resource(cluster.id)).lower()
    yield "subnetGroup", member.subnet_group or group, group
    if member.security_group_ids:
        yield "securityGroupIds", *_security_groups(cluster, member, create, facts)


def _security_groups(
    cluster: Cluster, member: Member, create: CreateCluster, facts: ClusterFacts
) -> tuple[list[str], list[str]]:
    """Without groups that are named, the group that we make has to be among the cluster's."""
    has, wanted = sorted(member.security_group_ids), sorted(set(create.security_group_ids))
    groups = known(facts.security_groups, ())
    is_there = not groups or any(group.name == cluster_resource(cluster.id) for group in groups)
    return (wanted, wanted) if not wanted and is_there else (has, wanted)


# ------------------------------------------------------------------ its subnet group


def _own_subnet_group(connection: str, create: CreateCluster, facts: CreationFacts) -> Iterator[Finding]:
    """Of one that is somebody else's it does not matter which subnets it has."""
    group, tags = facts.own_subnet_group, facts.own_subnet_group_tags
    if group is None or is_ours(tags, connection):
        yield from _subnets(create, facts)
    else:
        yield finding(
            "SUBNET_GROUP_TAKEN",
            "cluster.create.subnetGroup",
            f"a subnet group {group.name}, {whose(tags)}",
            "none of the name that we would give it",
            "name the subnet group to use, choose another cluster id, or rename or delete that group",
        )


def _subnets(create: CreateCluster, facts: CreationFacts) -> Iterator[Finding]:
    group, subnets = facts.own_subnet_group, facts.subnets
    if group is None or not subnets or {subnet.id for subnet in subnets} == set(group.subnet_ids):
        return
    asked = "" if create.subnet_ids else ", all of the default VPC, because none are named"
    yield finding(
        "SUBNET_GROUP_DIFFERS",
        "cluster.create.subnetIds",
        f"{', '.join(sorted(subnet.id for subnet in subnets))} of {subnets[0].vpc_id}{asked}",
        f"{', '.join(sorted(group.subnet_ids))} of {group.vpc_id}, which subnet group {group.name} of an earlier run "
        f"has: it is never modified",
        f"name these subnets, take the group as it is (cluster.create.subnetGroup {shown(group.name)}), or tear the "
        f"connection down with deleteCluster first",
    )
