"""Clusters that are waited for: until each node can be connected, or one that failed is told with its events."""

from typing import Any

import pytest

from private_connection.cluster.clusters import FAILED, LOST, SERVING
from private_connection.cluster.readiness import CheckCluster, check_cluster
from private_connection.errors import ClusterUnusable
from tests.unit.builders import a_plan
from tests.unit.described import cache_cluster, group
from tests.unit.fake_aws import FakeAws

ASKED = CheckCluster(cluster=a_plan())


def found(aws: FakeAws, status: str = "available", **node: Any) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(Status=status)]})
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster(**node)]})


@pytest.mark.parametrize(
    ("status", "ready"), [*((each, True) for each in SERVING), ("creating", False), ("rebooting cluster nodes", False)]
)
def test_a_cluster_that_serves_is_ready(aws: FakeAws, status: str, ready: bool) -> None:
    found(aws, status)
    state = check_cluster(ASKED)
    assert (state.ready, state.status) == (ready, status)


def test_a_cluster_that_is_modified_is_not_ready_while_a_node_has_no_endpoint(aws: FakeAws) -> None:
    found(aws, "modifying", CacheNodes=[])
    assert not check_cluster(ASKED).ready


def test_a_cluster_is_ready_though_a_node_that_goes_has_no_endpoint_any_more(aws: FakeAws) -> None:
    names = ["redis-demo-001", "redis-demo-002"]
    goes = cache_cluster(names[1], CacheNodes=[], CacheClusterStatus="deleting")
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(MemberClusters=names, Status="modifying")]})
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster(), goes]})
    assert check_cluster(ASKED).ready


@pytest.mark.parametrize(("status", "ready"), [("modifying", False), ("available", True)])
def test_a_cluster_that_a_run_has_tagged_is_ready_once_it_is_available(aws: FakeAws, status: str, ready: bool) -> None:
    found(aws, status)
    assert check_cluster(CheckCluster(cluster=a_plan(), tagged=True)).ready is ready


@pytest.mark.parametrize(("status", "calls"), [("available", 2), ("modifying", 2), ("creating", 1)])
def test_nodes_are_looked_at_once_their_cluster_serves(aws: FakeAws, status: str, calls: int) -> None:
    found(aws, status)
    check_cluster(ASKED)
    assert len(aws.calls) == calls


@pytest.mark.parametrize("tagged", [False, True])
def test_an_available_cluster_is_not_ready_while_a_node_has_no_endpoint_and_says_which(
    aws: FakeAws, tagged: bool
) -> None:
    found(aws, CacheNodes=[], CacheClusterStatus="creating")
    state = check_cluster(CheckCluster(cluster=a_plan(), tagged=tagged))
    assert (state.ready, state.status) == (False, "available, without an endpoint of redis-demo-001,")


def test_a_node_that_does_not_show_is_waited_for_too_and_of_many_the_first_are_named(aws: FakeAws) -> None:
    names = [f"redis-demo-00{number}" for number in range(1, 6)]
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(MemberClusters=names)]})
    aws.answers("DescribeCacheClusters", {"CacheClusters": []})
    state = check_cluster(ASKED)
    assert not state.ready
    assert state.status == f"available, without an endpoint of {', '.join(names[:3])}, 2 more,"


def test_a_cluster_of_which_every_node_goes_is_not_ready(aws: FakeAws) -> None:
    found(aws, "modifying", CacheClusterStatus="deleting")
    assert not check_cluster(ASKED).ready


@pytest.mark.parametrize("status", LOST)
def test_of_a_cluster_that_failed_its_events_are_told_and_of_one_that_goes_they_are_not_asked(
    aws: FakeAws, status: str
) -> None:
    found(aws, status)
    told = {"SourceIdentifier": "redis-demo-001", "SourceType": "cache-cluster", "Message": "No capacity."}
    aws.answers("DescribeEvents", {"Events": [told]})
    with pytest.raises(ClusterUnusable) as lost:
        check_cluster(ASKED)
    assert ("; its last events: redis-demo-001: No capacity" in str(lost.value)) is (status in FAILED)
    assert len(aws.asked("DescribeEvents")) == (status in FAILED)


@pytest.mark.parametrize("status", FAILED)
def test_a_node_that_failed_is_told_at_once_by_name_unless_it_has_its_endpoint(aws: FakeAws, status: str) -> None:
    found(aws, CacheNodes=[], CacheClusterStatus=status)
    aws.answers("DescribeEvents", {"Events": []})
    with pytest.raises(ClusterUnusable, match=rf"it is available, and of its nodes redis-demo-001 is {status}; "):
        check_cluster(ASKED)
    found(aws, CacheClusterStatus=status)
    assert check_cluster(ASKED).ready
