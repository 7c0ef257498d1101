"""Clusters of either kind: found, and waited for."""

from typing import Any

import pytest

from private_connection.cluster.clusters import (
    GOING,
    LOST,
    find_cache_cluster,
    find_cluster,
    find_clusters,
    find_members,
    find_node_endpoints,
    is_serverless,
    node_endpoint,
    require_all,
    require_cluster,
)
from private_connection.cluster.plan import ClusterPlan
from private_connection.errors import AwsRejected, ClusterUnusable, NotYetConsistent
from tests.unit.builders import Json, a_member, a_plan, an_existing
from tests.unit.described import cache_cluster, group
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

GROUP = a_plan()
ALONE = ClusterPlan(id="redis-demo-001", kind="cacheCluster", creation=None)


def found(aws: FakeAws, status: str = "available", **node: Any) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(Status=status)]})
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster(**node)]})


def test_a_cluster_is_found_by_its_kind(aws: FakeAws) -> None:
    found(aws)
    by_kind = [find_cluster(each.id, each.kind) for each in (GROUP, ALONE)]
    assert [each and each.kind for each in by_kind] == ["replicationGroup", "cacheCluster"]
    assert aws.operations == ["DescribeReplicationGroups", "DescribeCacheClusters"]


def test_clusters_of_either_kind_are_found_by_their_ids(aws: FakeAws) -> None:
    no_group, no_cluster = Refusal("ReplicationGroupNotFoundFault", 404), Refusal("CacheClusterNotFound", 404)
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group("orders")]}, no_group)
    aws.answers("DescribeCacheClusters", no_cluster, {"CacheClusters": [cache_cluster("far")]})
    assert find_clusters(["orders", "gone", "far"]) == ["orders", "far"]


def test_an_id_that_is_too_long_for_a_group_is_a_standalone_clusters(aws: FakeAws) -> None:
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster("a" * 50)]})
    assert find_clusters(["a" * 50]) == ["a" * 50]
    assert aws.operations == ["DescribeCacheClusters"]


def test_nodes_are_asked_for_with_their_endpoints(aws: FakeAws) -> None:
    found(aws)
    find_cache_cluster("redis-demo-001")
    find_members(an_existing(shards=dict.fromkeys(("redis-demo-001", "redis-demo-002"), "0001")))
    assert [asked["ShowCacheNodeInfo"] for asked in aws.asked("DescribeCacheClusters")] == [True, True]


def test_every_node_of_the_account_is_found_with_its_endpoint(aws: FakeAws) -> None:
    starting = cache_cluster("far-001", CacheNodes=[])
    aws.answers(
        "DescribeCacheClusters",
        {"CacheClusters": [cache_cluster()], "Marker": "1"},
        {"CacheClusters": [cache_cluster("orders"), starting]},
    )
    assert find_node_endpoints() == {
        "redis-demo-001": "redis-demo-001.abc.use1.cache.amazonaws.com",
        "orders": "orders.abc.use1.cache.amazonaws.com",
        "far-001": None,
    }
    assert {asked["ShowCacheNodeInfo"] for asked in aws.asked("DescribeCacheClusters")} == {True}


def test_an_absent_cluster_is_none(aws: FakeAws) -> None:
    aws.answers("DescribeCacheClusters", Refusal("CacheClusterNotFound", 404))
    assert find_cache_cluster("redis-demo") is None
    aws.answers("DescribeCacheClusters", DENIED)
    with pytest.raises(AwsRejected):
        find_cache_cluster("redis-demo")


def test_a_serverless_cache_is_there_or_not(aws: FakeAws) -> None:
    aws.answers("DescribeServerlessCaches", {"ServerlessCaches": [{}]}, Refusal("ServerlessCacheNotFoundFault", 404))
    assert [is_serverless("redis-demo") for _ in range(2)] == [True, False]


def test_the_only_member_is_asked_for_by_its_id(aws: FakeAws) -> None:
    found(aws)
    assert [member.id for member in find_members(an_existing())] == ["redis-demo-001"]
    assert aws.asked("DescribeCacheClusters") == [{"CacheClusterId": "redis-demo-001", "ShowCacheNodeInfo": True}]


def test_the_only_member_may_not_be_listed_yet(aws: FakeAws) -> None:
    aws.answers("DescribeCacheClusters", Refusal("CacheClusterNotFound", 404))
    assert find_members(an_existing()) == []
    aws.answers("DescribeCacheClusters", DENIED)
    with pytest.raises(AwsRejected, match="looking up the nodes of cluster"):
        find_members(an_existing())


def test_several_members_are_picked_from_the_list(aws: FakeAws) -> None:
    listed = [cache_cluster(name) for name in ("redis-demo-002", "others-001", "redis-demo-001")]
    pages: list[Json] = [{"CacheClusters": listed[:1], "Marker": "more"}, {"CacheClusters": listed[1:]}]
    aws.answers("DescribeCacheClusters", *pages)
    members = find_members(an_existing(shards=dict.fromkeys(("redis-demo-001", "redis-demo-002"), "0001")))
    assert [member.id for member in members] == ["redis-demo-001", "redis-demo-002"]
    assert len(aws.calls) == 2


def test_a_standalone_cluster_came_with_its_node(aws: FakeAws) -> None:
    member = a_member()
    assert find_members(an_existing(kind="cacheCluster", node=member)) == [member]
    assert aws.calls == []


def test_a_cluster_that_does_not_show_is_waited_for(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", Refusal("ReplicationGroupNotFoundFault", 404))
    with pytest.raises(NotYetConsistent, match=r"looking up cluster \(redis-demo\): it does not show yet"):
        require_cluster(GROUP)


def test_every_member_has_to_show() -> None:
    assert require_all(an_existing(), [a_member()]) == [a_member()]
    with pytest.raises(
        NotYetConsistent, match=r"looking up the nodes of cluster \(redis-demo\): redis-demo-001 cannot"
    ):
        require_all(an_existing(), [])
    with pytest.raises(NotYetConsistent, match="none cannot be seen yet"):
        require_all(an_existing(shards={}), [])


def test_a_member_that_is_being_deleted_is_not_waited_for_and_not_a_node() -> None:
    both = dict.fromkeys(("redis-demo-001", "redis-demo-002"), "0001")
    stays, goes = a_member(), a_member("redis-demo-002", status="deleting")
    assert require_all(an_existing(shards=both), [stays, goes]) == [stays]
    with pytest.raises(NotYetConsistent, match="none cannot be seen yet"):
        require_all(an_existing(), [a_member(status="deleting")])


@pytest.mark.parametrize("status", LOST)
def test_a_lost_cluster_is_not_waited_for(aws: FakeAws, status: str) -> None:
    found(aws, status)
    with pytest.raises(ClusterUnusable, match=f"its status is {status}") as refusal:
        require_cluster(GROUP)
    assert ("wait until it is gone" in str(refusal.value)) is (status in GOING)


def test_a_node_has_an_endpoint_or_is_waited_for() -> None:
    assert node_endpoint(a_member()) == ("redis-demo-001.abc.use1.cache.amazonaws.com", 6379)
    without: list[Json] = [{"address": None}, {"port": None}]
    for changes in without:
        with pytest.raises(NotYetConsistent, match=r"looking up node \(redis-demo-001\): it has no endpoint yet"):
            node_endpoint(a_member(**changes))
