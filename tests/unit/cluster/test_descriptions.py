"""Clusters as ElastiCache describes them, in one shape."""

from typing import Any, cast

import pytest

from private_connection.cluster.descriptions import (
    Cluster,
    Member,
    cluster_of_cache_cluster,
    cluster_of_group,
    member_of,
)
from tests.unit.builders import Json
from tests.unit.described import cache_cluster, group


def of_group(**changes: Any) -> Cluster:
    return cluster_of_group(cast(Any, group(**changes)))


def of_cache_cluster(**changes: Any) -> Cluster:
    return cluster_of_cache_cluster(cast(Any, cache_cluster(**changes)))


def member(**changes: Any) -> Member:
    return member_of(cast(Any, cache_cluster(**changes)))


def test_a_replication_group() -> None:
    cluster = of_group()
    assert (cluster.id, cluster.kind, cluster.status, cluster.engine) == (
        "redis-demo",
        "replicationGroup",
        "available",
        "redis",
    )
    assert (cluster.shards, cluster.member_ids, cluster.port) == ({"redis-demo-001": "0001"}, ["redis-demo-001"], 6379)
    assert (cluster.transit_encryption, cluster.at_rest_encryption, cluster.cluster_mode) == (True, True, False)
    assert (cluster.network_type, cluster.node, cluster.group) == ("ipv4", None, None)


@pytest.mark.parametrize(
    ("changes", "enabled"),
    [
        ({"ClusterEnabled": True}, True),
        ({"ClusterMode": "enabled"}, True),
        ({"ClusterMode": "compatible"}, True),
        ({"ClusterMode": "disabled"}, False),
    ],
)
def test_cluster_mode_in_either_spelling(changes: Json, enabled: bool) -> None:
    assert of_group(**changes).cluster_mode is enabled


@pytest.mark.parametrize(
    ("status", "leaving"), [("available", False), ("modifying", False), ("deleting", True), ("deleted", True)]
)
def test_a_member_leaves_while_it_is_being_deleted(status: str, leaving: bool) -> None:
    assert member(CacheClusterStatus=status).leaving is leaving


def test_members_are_in_the_shards_that_list_them() -> None:
    shards = [
        {"NodeGroupId": f"000{shard}", "NodeGroupMembers": [{"CacheClusterId": f"redis-demo-000{shard}-001"}]}
        for shard in (1, 2)
    ]
    cluster = of_group(MemberClusters=["redis-demo-0002-001", "redis-demo-0001-001"], NodeGroups=shards)
    assert cluster.shards == {"redis-demo-0001-001": "0001", "redis-demo-0002-001": "0002"}
    assert cluster.member_ids == ["redis-demo-0001-001", "redis-demo-0002-001"]


def test_a_member_that_no_shard_lists_is_in_the_one_that_its_id_names() -> None:
    assert of_group(NodeGroups=[]).shards == {"redis-demo-001": "0001"}
    sharded = of_group(NodeGroups=[], MemberClusters=["redis-demo-0002-001"])
    assert sharded.shards == {"redis-demo-0002-001": "0002"}


@pytest.mark.parametrize(("role", "followed"), [("SECONDARY", "ldgnf-orders"), ("PRIMARY", None)])
def test_a_secondary_member_of_a_global_datastore_follows_it(role: str, followed: str | None) -> None:
    told = {"GlobalReplicationGroupId": "ldgnf-orders", "GlobalReplicationGroupMemberRole": role}
    assert of_group(GlobalReplicationGroupInfo=told).follows == followed
    assert of_group().follows is None


def test_its_node_type_and_whether_it_takes_plain_clients() -> None:
    cluster = of_group(CacheNodeType="cache.r7g.large", TransitEncryptionMode="preferred")
    assert (cluster.node_type, cluster.takes_plain_clients) == ("cache.r7g.large", True)
    assert not of_group(TransitEncryptionMode="required").takes_plain_clients


@pytest.mark.parametrize(
    ("changes", "port"),
    [
        ({"ConfigurationEndpoint": {"Address": "a", "Port": 7000}, "NodeGroups": []}, 7000),
        ({"NodeGroups": []}, None),
        ({"NodeGroups": [{"NodeGroupId": "0001"}]}, None),
    ],
)
def test_the_port_is_that_of_an_endpoint_if_there_is_one(changes: Json, port: int | None) -> None:
    assert of_group(**changes).port == port


def test_a_group_that_is_being_made_says_little() -> None:
    given = ("ReplicationGroupId", "Status", "ARN")
    whole = {key: value for key, value in group(Status="creating").items() if key in given}
    cluster = cluster_of_group(cast(Any, whole))
    assert (cluster.member_ids, cluster.port, cluster.engine, cluster.description) == ([], None, "redis", "")
    assert (cluster.cluster_mode, cluster.transit_encryption, cluster.at_rest_encryption) == (False, False, False)


def test_a_standalone_cluster_is_its_one_node() -> None:
    cluster = of_cache_cluster()
    assert (cluster.id, cluster.kind, cluster.shards) == ("redis-demo-001", "cacheCluster", {"redis-demo-001": "0001"})
    assert cluster.node == member()
    assert (cluster.transit_encryption, cluster.at_rest_encryption) == (False, False)
    assert (cluster.group, cluster.port, cluster.cluster_mode) == (None, 6379, False)


def test_a_node_of_a_group_names_it() -> None:
    assert of_cache_cluster(ReplicationGroupId="redis-demo").group == "redis-demo"


def test_a_member_with_its_endpoint() -> None:
    assert member(EngineVersion="7.1.0") == Member(
        id="redis-demo-001",
        subnet_group="caches",
        security_group_ids=("sg-1",),
        address="redis-demo-001.abc.use1.cache.amazonaws.com",
        port=6379,
        availability_zone="eu-central-1a",
        engine_version="7.1.0",
        parameter_group="mine",
    )


@pytest.mark.parametrize(
    "nodes", [[], [{"CacheNodeId": "0001"}], [{"CacheNodeId": "0001", "Endpoint": {"Port": 6379}}]]
)
def test_a_member_that_does_not_answer_yet(nodes: list[Json]) -> None:
    found = member(CacheNodes=nodes)
    assert (found.address, found.port, found.availability_zone) == (None, None, "")


# ------------------------------------------------------------------ roles

BOTH = ["redis-demo-001", "redis-demo-002"]


def roles_of(*roles: str | None, **changes: Any) -> dict[str, str]:
    members = [
        {"CacheClusterId": name} | ({"CurrentRole": role} if role else {})
        for name, role in zip(BOTH, roles, strict=True)
    ]
    shard = {"NodeGroupId": "0001", "NodeGroupMembers": members}
    return dict(of_group(MemberClusters=BOTH, NodeGroups=[shard], **changes).roles)


def test_roles_are_those_that_are_shown() -> None:
    assert roles_of("replica", "primary") == {"redis-demo-001": "replica", "redis-demo-002": "primary"}


def test_a_role_that_is_not_shown_is_not_known() -> None:
    assert roles_of("replica", None) == {"redis-demo-001": "replica"}


def test_in_cluster_mode_there_are_no_roles() -> None:
    assert roles_of("primary", "replica", ClusterEnabled=True) == {}


def test_the_only_node_is_the_primary() -> None:
    assert of_group(NodeGroups=[]).roles == {"redis-demo-001": "primary"}
    assert of_cache_cluster().roles == {"redis-demo-001": "primary"}
