"""Security groups: those that are named, and the one that we make for a cluster."""

import pytest

from private_connection.cluster.security_groups import (
    DeleteSecurityGroup,
    delete_security_group,
    ensure_cluster_security_group,
    find_cluster_security_group,
    find_security_groups,
    group_to_open,
    list_security_groups,
)
from private_connection.contracts import Done
from private_connection.errors import AwsRejected, NotOurs, NotYetConsistent
from private_connection.ownership import CLUSTER, as_mapping
from tests.unit.builders import OURS, THEIRS, Json, a_security_group, an_owner
from tests.unit.described import security_group
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

NAME = "private-connection-redis-demo"
DELETE = DeleteSecurityGroup(security_group_id="sg-1")


def found(*groups: Json) -> Json:
    return {"SecurityGroups": list(groups)}


def test_only_the_group_called_default_is_its_vpcs_default_one() -> None:
    assert a_security_group(name="default").is_default
    assert not a_security_group(name="default-caches").is_default


def test_groups_come_in_the_order_asked_for_without_those_that_do_not_exist(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", found(security_group("sg-1"), security_group("sg-2")))
    assert [group.id for group in find_security_groups(("sg-2", "sg-none", "sg-1"))] == ["sg-2", "sg-1"]


def test_the_first_group_that_is_not_the_default_one_is_opened() -> None:
    default, first, second = a_security_group(name="default"), a_security_group("sg-2"), a_security_group("sg-3")
    assert group_to_open([default, first, second]) == first
    assert group_to_open([default]) == default


def test_a_clusters_group_is_found_by_its_name_in_the_vpc(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", found(security_group("sg-1", NAME)), found())
    group = find_cluster_security_group("redis-demo", "vpc-1")
    assert group is not None
    assert group.id == "sg-1"
    assert aws.asked("DescribeSecurityGroups")[0]["Filters"] == [
        {"Name": "group-name", "Values": [NAME]},
        {"Name": "vpc-id", "Values": ["vpc-1"]},
    ]
    assert find_cluster_security_group("redis-demo", "vpc-1") is None


def test_the_groups_of_a_connection_are_asked_for_by_their_tag(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", found(security_group("sg-1", NAME, OURS)))
    (group,) = list_security_groups("redis-demo")
    assert (group.id, group.tags) == ("sg-1", OURS)
    (asked,) = aws.asked("DescribeSecurityGroups")
    assert asked["Filters"] == [{"Name": "tag:private-connection", "Values": ["redis-demo"]}]


def test_a_group_is_made_with_our_tags(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", found())
    aws.answers("CreateSecurityGroup", {"GroupId": "sg-9"})
    assert ensure_cluster_security_group(an_owner(), "redis-demo", "vpc-1") == "sg-9"
    (asked,) = aws.asked("CreateSecurityGroup")
    assert (asked["GroupName"], asked["VpcId"]) == (NAME, "vpc-1")
    (specified,) = asked["TagSpecifications"]
    assert specified["ResourceType"] == "security-group"
    assert as_mapping(specified["Tags"]) == OURS | {CLUSTER: "redis-demo"}


def test_a_group_of_ours_is_used(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", found(security_group("sg-1", NAME, OURS)))
    assert ensure_cluster_security_group(an_owner(maker="run-2"), "redis-demo", "vpc-1") == "sg-1"


@pytest.mark.parametrize("tags", [{}, THEIRS], ids=["untagged", "theirs"])
def test_a_group_of_somebody_else_is_refused(aws: FakeAws, tags: dict[str, str]) -> None:
    aws.answers("DescribeSecurityGroups", found(security_group("sg-1", NAME, tags)))
    with pytest.raises(NotOurs, match="finding security group"):
        ensure_cluster_security_group(an_owner(), "redis-demo", "vpc-1")


def test_a_group_that_somebody_makes_at_the_same_time_is_looked_up_again(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", found())
    aws.answers("CreateSecurityGroup", Refusal("InvalidGroup.Duplicate"))
    with pytest.raises(NotYetConsistent):
        ensure_cluster_security_group(an_owner(), "redis-demo", "vpc-1")


@pytest.mark.parametrize("answer", [{}, Refusal("InvalidGroup.NotFound")], ids=["there", "absent"])
def test_a_group_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteSecurityGroup", answer)
    assert delete_security_group(DELETE) == Done()


def test_a_group_in_use_is_deleted_later_and_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteSecurityGroup", Refusal("DependencyViolation"), Refusal("InvalidGroup.InUse"), DENIED)
    for _ in range(2):
        with pytest.raises(NotYetConsistent):
            delete_security_group(DELETE)
    with pytest.raises(AwsRejected, match=r"deleting security group \(sg-1\)"):
        delete_security_group(DELETE)
