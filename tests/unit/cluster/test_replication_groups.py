"""Replication groups: found, listed, made unless they are there, deleted unless they are gone."""

import pytest

from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.replication_groups import (
    PLACEMENT_REFUSALS,
    DeleteReplicationGroup,
    EnsureCluster,
    delete_replication_group,
    ensure_cluster,
    find_replication_group,
    list_replication_groups,
    ownership_tags,
)
from private_connection.contracts import Done, NodePlace
from private_connection.errors import AwsRejected, NotOurs, NotYetConsistent
from private_connection.ownership import CLUSTER, as_mapping
from tests.unit.builders import OURS, THEIRS, Json, a_creation, an_existing, tag_list
from tests.unit.described import group
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

ABSENT = Refusal("ReplicationGroupNotFoundFault", 404)
PLACE = NodePlace(node="redis-demo-001", port=6379, vpc_id="vpc-1", availability_zone="us-east-1a", subnet_id="s")


def ensuring(creation: ClusterCreation | None) -> EnsureCluster:
    plan = ClusterPlan(id="redis-demo", kind="replicationGroup", creation=creation)
    return EnsureCluster(connection="redis-demo", execution="run-1", cluster=plan, foreseen_nodes=(PLACE,))


def deleting(**changes: object) -> DeleteReplicationGroup:
    fields: Json = {"replication_group_id": "redis-demo", "created_by": "run-1", "final_snapshot": True}
    return DeleteReplicationGroup(**fields | changes)


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """An account without the cluster and its groups, in which they can be made."""
    aws.answers("DescribeReplicationGroups", ABSENT)
    aws.answers("DescribeCacheSubnetGroups", Refusal("CacheSubnetGroupNotFoundFault"))
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": []})
    aws.answers("CreateCacheSubnetGroup", {})
    aws.answers("CreateSecurityGroup", {"GroupId": "sg-9"})
    aws.answers("CreateReplicationGroup", {})
    aws.answers("DeleteReplicationGroup", {})
    aws.answers("ListTagsForResource", {"TagList": tag_list(OURS)})


# ------------------------------------------------------------------ what is looked up


def test_a_group_is_found_or_none(aws: FakeAws) -> None:
    assert find_replication_group("redis-demo") is None
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    found = find_replication_group("redis-demo")
    assert found is not None
    assert found.id == "redis-demo"


def test_tags_tell_the_owner_of_an_available_group(aws: FakeAws) -> None:
    aws.answers("ListTagsForResource", {"TagList": tag_list(THEIRS)})
    assert ownership_tags(an_existing()) == THEIRS


def test_the_description_tells_the_owner_of_any_other(aws: FakeAws) -> None:
    assert ownership_tags(an_existing(status="creating")) == OURS
    assert aws.calls == []
    aws.answers("ListTagsForResource", Refusal("InvalidReplicationGroupState"))
    assert ownership_tags(an_existing()) == OURS
    assert ownership_tags(an_existing(status="creating", description="theirs")) == {}


def test_of_all_groups_those_with_our_description_and_tags_are_listed(aws: FakeAws) -> None:
    found = [
        group("orders", Description="theirs"),
        group("redis-demo"),
        group("taken", Description="private-connection redis-demo created by run-1"),
        group("others", Description="private-connection redis-demo-2 created by run-1"),
        group("new", Status="creating"),
    ]
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": found})
    tags = {"redis-demo": OURS, "taken": THEIRS}
    aws.answers("ListTagsForResource", lambda asked: {"TagList": tag_list(tags[asked["ResourceName"].split(":")[-1]])})
    assert [(each.id, tags) for each, tags in list_replication_groups("redis-demo")] == [
        ("redis-demo", OURS),
        ("new", OURS),
    ]


# ------------------------------------------------------------------ made unless they are there


def test_an_adopted_cluster_is_left_alone(aws: FakeAws) -> None:
    assert ensure_cluster(ensuring(None)).foreseen_nodes == (PLACE,)
    assert aws.calls == []


def test_a_cluster_of_ours_is_left_as_it_is(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    assert ensure_cluster(ensuring(a_creation())).foreseen_nodes == (PLACE,)
    assert aws.operations == ["DescribeReplicationGroups", "ListTagsForResource"]


def test_a_cluster_of_somebody_else_is_refused(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    aws.answers("ListTagsForResource", {"TagList": tag_list(THEIRS)})
    with pytest.raises(NotOurs, match=r"finding replication group \(redis-demo\)"):
        ensure_cluster(ensuring(a_creation()))


def test_a_cluster_is_made_with_groups_of_its_own(aws: FakeAws) -> None:
    assert ensure_cluster(ensuring(a_creation())).foreseen_nodes == (PLACE,)
    assert list(aws.asked("CreateCacheSubnetGroup")[0]["SubnetIds"]) == ["subnet-us-east-1a"]
    (asked,) = aws.asked("CreateReplicationGroup")
    assert asked["ReplicationGroupId"] == "redis-demo"
    assert asked["ReplicationGroupDescription"] == "private-connection redis-demo created by run-1"
    assert (asked["CacheSubnetGroupName"], asked["SecurityGroupIds"]) == ("private-connection-redis-demo", ["sg-9"])
    assert asked["PreferredCacheClusterAZs"] == ["us-east-1a"]
    assert as_mapping(asked["Tags"]) == OURS | {CLUSTER: "redis-demo"}
    assert not {"EngineVersion", "CacheParameterGroupName", "DataTieringEnabled"} & asked.keys()


def test_a_cluster_of_r6gd_nodes_tiers_its_data(aws: FakeAws) -> None:
    ensure_cluster(ensuring(a_creation(node_type="cache.r6gd.xlarge")))
    (asked,) = aws.asked("CreateReplicationGroup")
    assert (asked["CacheNodeType"], asked["DataTieringEnabled"]) == ("cache.r6gd.xlarge", True)


def test_a_cluster_is_made_with_what_is_named(aws: FakeAws) -> None:
    named = a_creation(
        own_subnet_group=False,
        subnet_group="caches",
        security_group_ids=("sg-1",),
        engine_version="7.1",
        parameter_group="default.redis7.cluster.on",
        cluster_mode="enabled",
    )
    ensure_cluster(ensuring(named))
    (asked,) = aws.asked("CreateReplicationGroup")
    assert (asked["CacheSubnetGroupName"], asked["SecurityGroupIds"]) == ("caches", ["sg-1"])
    assert (asked["EngineVersion"], asked["CacheParameterGroupName"]) == ("7.1", "default.redis7.cluster.on")
    assert aws.operations == ["DescribeReplicationGroups", "CreateReplicationGroup"]


@pytest.mark.parametrize("code", PLACEMENT_REFUSALS)
def test_where_a_zone_is_refused_aws_chooses_and_nothing_is_foreseen(aws: FakeAws, code: str) -> None:
    aws.answers("CreateReplicationGroup", Refusal(code), {})
    assert ensure_cluster(ensuring(a_creation())).foreseen_nodes == ()
    assert ["PreferredCacheClusterAZs" in asked for asked in aws.asked("CreateReplicationGroup")] == [True, False]


def test_what_is_refused_for_another_reason_is_not_tried_again(aws: FakeAws) -> None:
    aws.answers("CreateReplicationGroup", DENIED)
    with pytest.raises(AwsRejected, match=r"creating replication group \(redis-demo\)"):
        ensure_cluster(ensuring(a_creation()))
    assert len(aws.asked("CreateReplicationGroup")) == 1


def test_without_zones_nothing_is_foreseen(aws: FakeAws) -> None:
    assert ensure_cluster(ensuring(a_creation(zones=()))).foreseen_nodes == ()
    assert len(aws.asked("CreateReplicationGroup")) == 1


def test_a_cluster_that_somebody_makes_at_the_same_time_is_looked_up_again(aws: FakeAws) -> None:
    aws.answers("CreateReplicationGroup", Refusal("ReplicationGroupAlreadyExists"))
    with pytest.raises(NotYetConsistent):
        ensure_cluster(ensuring(a_creation()))


# ------------------------------------------------------------------ deleted unless they are gone


@pytest.mark.parametrize("answer", [{}, ABSENT], ids=["there", "absent"])
def test_a_group_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteReplicationGroup", answer)
    assert delete_replication_group(deleting()) == Done()


def test_the_final_snapshot_is_named_after_the_group_and_its_maker(aws: FakeAws) -> None:
    for request in (
        deleting(),
        deleting(created_by="run-2"),
        deleting(created_by=None),
        deleting(final_snapshot=False),
    ):
        delete_replication_group(request)
    names = [asked.get("FinalSnapshotIdentifier") for asked in aws.asked("DeleteReplicationGroup")]
    assert names[-1] is None
    assert len(set(names)) == 4
    assert all(str(name).startswith("redis-demo-") for name in names[:3])


@pytest.mark.parametrize("code", ["InvalidReplicationGroupState", "SnapshotAlreadyExistsFault"])
def test_a_group_that_is_being_changed_is_deleted_later(aws: FakeAws, code: str) -> None:
    aws.answers("DeleteReplicationGroup", Refusal(code))
    with pytest.raises(NotYetConsistent):
        delete_replication_group(deleting())
