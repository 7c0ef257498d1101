"""The cluster: made with its groups unless it is there, and where ElastiCache takes it."""

import pytest

from private_connection.cluster.creation import NOT_CREATABLE_YET, EnsureCluster, ensure_cluster
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.contracts import NodePlace
from private_connection.errors import AwsRejected, ClusterUnusable, NotOurs, NotYetConsistent
from private_connection.ownership import CLUSTER, as_mapping
from tests.unit.builders import OURS, THEIRS, a_creation, tag_list
from tests.unit.described import group
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

PLACE = NodePlace(node="redis-demo-001", port=6379, vpc_id="vpc-1", availability_zone="us-east-1a", subnet_id="s")


def ensuring(creation: ClusterCreation | None, *, may_create: bool = True) -> EnsureCluster:
    plan = ClusterPlan(id="redis-demo", kind="replicationGroup", creation=creation)
    return EnsureCluster(
        connection="redis-demo", maker="run-1", cluster=plan, foreseen_nodes=(PLACE,), may_create=may_create
    )


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """An account without the cluster and its groups, in which they can be made."""
    aws.answers("DescribeReplicationGroups", Refusal("ReplicationGroupNotFoundFault", 404))
    aws.answers("DescribeCacheSubnetGroups", Refusal("CacheSubnetGroupNotFoundFault"))
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": []})
    aws.answers("CreateCacheSubnetGroup", {})
    aws.answers("CreateSecurityGroup", {"GroupId": "sg-9"})
    aws.answers("CreateReplicationGroup", {})
    aws.answers("ListTagsForResource", {"TagList": tag_list(OURS)})


def test_an_adopted_cluster_is_left_alone(aws: FakeAws) -> None:
    assert ensure_cluster(ensuring(None)).foreseen_nodes == (PLACE,)
    assert aws.calls == []


def test_a_cluster_of_ours_is_left_as_it_is(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    assert ensure_cluster(ensuring(a_creation())).foreseen_nodes == (PLACE,)
    assert aws.operations == ["DescribeReplicationGroups", "ListTagsForResource"]


def test_a_repair_creates_no_cluster_and_nothing_for_one(aws: FakeAws) -> None:
    with pytest.raises(ClusterUnusable, match=r"ensuring cluster \(redis-demo\): it does not exist any more"):
        ensure_cluster(ensuring(a_creation(), may_create=False))
    assert aws.operations == ["DescribeReplicationGroups"]


def test_a_repair_takes_a_cluster_that_is_there(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    assert ensure_cluster(ensuring(a_creation(), may_create=False)).foreseen_nodes == (PLACE,)


def test_a_cluster_of_somebody_else_is_refused(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    aws.answers("ListTagsForResource", {"TagList": tag_list(THEIRS)})
    with pytest.raises(NotOurs, match=r"finding replication group \(redis-demo\)"):
        ensure_cluster(ensuring(a_creation()))


def test_a_cluster_that_does_not_tell_whose_it_is_is_waited_for(aws: FakeAws) -> None:
    edited = group(Status="snapshotting", Description="edited")
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [edited]})
    with pytest.raises(NotYetConsistent, match="run again when it is available"):
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


def test_a_cluster_is_made_with_its_key_its_users_and_its_backups(aws: FakeAws) -> None:
    protected = {"kms_key_id": "alias/caches", "user_group_ids": ("clients",), "snapshot_retention_days": 7}
    ensure_cluster(ensuring(a_creation(**protected)))
    (asked,) = aws.asked("CreateReplicationGroup")
    assert (asked["KmsKeyId"], asked["UserGroupIds"], asked["SnapshotRetentionLimit"]) == (
        "alias/caches",
        ["clients"],
        7,
    )


def test_without_them_they_are_left_to_elasticache(aws: FakeAws) -> None:
    ensure_cluster(ensuring(a_creation()))
    (asked,) = aws.asked("CreateReplicationGroup")
    assert not {"KmsKeyId", "NotificationTopicArn", "UserGroupIds", "SnapshotRetentionLimit"} & asked.keys()


def test_a_cluster_is_made_with_the_topic_that_it_tells_of_its_nodes(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_EVENTS_TOPIC", "arn:aws:sns:us-east-1:123456789012:nodes")
    ensure_cluster(ensuring(a_creation()))
    (asked,) = aws.asked("CreateReplicationGroup")
    assert asked["NotificationTopicArn"] == "arn:aws:sns:us-east-1:123456789012:nodes"


def test_a_cluster_that_is_there_is_given_no_topic(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_EVENTS_TOPIC", "arn:aws:sns:us-east-1:123456789012:nodes")
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    ensure_cluster(ensuring(a_creation()))
    ensure_cluster(ensuring(None))
    assert aws.operations == ["DescribeReplicationGroups", "ListTagsForResource"]


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


NO_ROOM = (
    "cache.t4g.micro (VPC) is not currently supported in the availability zone us-east-1a. "
    "Retry the launch with no availability zone or target: us-east-1b."
)
REFUSED_ZONES = [
    Refusal("InsufficientCacheClusterCapacity", message=NO_ROOM),
    Refusal("InsufficientCacheClusterCapacity"),
    Refusal("InvalidParameterValue", message=NO_ROOM),
    Refusal("InvalidParameterValue", message="us-east-1a is not a zone of the subnet group."),
    Refusal("InvalidParameterCombination", message="The Availability Zones and the subnet group do not match."),
]
REFUSED_OTHERWISE = [
    Refusal("InvalidParameterValue", message="The parameter CacheNodeType is not valid."),
    Refusal("InvalidParameterCombination", message="Cannot find version 9.9 for redis."),
    Refusal("InvalidParameterCombination", message="Multi-AZ needs automatic failover."),
    DENIED,
]


@pytest.mark.parametrize("refusal", REFUSED_ZONES, ids=lambda each: f"{each.code}: {each.message[:20]}")
def test_where_a_zone_is_refused_aws_chooses_and_nothing_is_foreseen(aws: FakeAws, refusal: Refusal) -> None:
    aws.answers("CreateReplicationGroup", refusal, {})
    assert ensure_cluster(ensuring(a_creation())).foreseen_nodes == ()
    assert ["PreferredCacheClusterAZs" in asked for asked in aws.asked("CreateReplicationGroup")] == [True, False]


@pytest.mark.parametrize("refusal", REFUSED_OTHERWISE, ids=lambda each: f"{each.code}: {each.message[:20]}")
def test_what_is_refused_for_another_reason_is_not_tried_again(aws: FakeAws, refusal: Refusal) -> None:
    aws.answers("CreateReplicationGroup", refusal, {})
    with pytest.raises(AwsRejected, match=rf"creating replication group \(redis-demo\): {refusal.message}"):
        ensure_cluster(ensuring(a_creation()))
    assert len(aws.asked("CreateReplicationGroup")) == 1


UNSEEN = Refusal("InvalidParameterValue", message="Some security group identifiers are invalid: sg-9.")


def test_our_own_security_group_may_not_be_visible_yet(aws: FakeAws) -> None:
    aws.answers("CreateReplicationGroup", UNSEEN, {})
    with pytest.raises(NotYetConsistent, match=r"does not accept our security group sg-9 yet: Some .*\[InvalidPar"):
        ensure_cluster(ensuring(a_creation()))
    assert len(aws.asked("CreateReplicationGroup")) == 1


def test_a_security_group_of_the_users_is_refused_for_good(aws: FakeAws) -> None:
    aws.answers("CreateReplicationGroup", UNSEEN, {})
    with pytest.raises(AwsRejected, match="Some security group identifiers are invalid"):
        ensure_cluster(ensuring(a_creation(security_group_ids=("sg-1",))))


def test_without_zones_nothing_is_foreseen(aws: FakeAws) -> None:
    assert ensure_cluster(ensuring(a_creation(zones=()))).foreseen_nodes == ()
    assert len(aws.asked("CreateReplicationGroup")) == 1


@pytest.mark.parametrize("code", NOT_CREATABLE_YET)
def test_what_somebody_makes_at_the_same_time_is_looked_up_again(aws: FakeAws, code: str) -> None:
    aws.answers("CreateReplicationGroup", Refusal(code))
    with pytest.raises(NotYetConsistent):
        ensure_cluster(ensuring(a_creation()))
