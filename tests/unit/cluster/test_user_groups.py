"""User groups, as ElastiCache describes them."""

from private_connection.cluster.user_groups import UserGroup, find_user_group
from tests.unit.fake_aws import FakeAws, Refusal


def test_a_user_group_is_found_by_its_id(aws: FakeAws) -> None:
    aws.answers(
        "DescribeUserGroups", {"UserGroups": [{"UserGroupId": "clients", "Status": "active", "Engine": "Redis"}]}
    )
    assert find_user_group("clients") == UserGroup("clients", "active", "redis")
    assert aws.asked("DescribeUserGroups") == [{"UserGroupId": "clients"}]


def test_one_that_does_not_exist_is_none(aws: FakeAws) -> None:
    aws.answers("DescribeUserGroups", Refusal("UserGroupNotFound", 404))
    assert find_user_group("clients") is None
