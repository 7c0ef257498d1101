"""ElastiCache subnet groups: found, listed, made unless they are there, deleted unless they are gone."""

import pytest

from private_connection.cluster.subnet_groups import (
    NOT_CREATABLE_YET,
    DeleteSubnetGroup,
    delete_subnet_group,
    ensure_subnet_group,
    find_subnet_group,
    list_subnet_groups,
)
from private_connection.contracts import Done
from private_connection.errors import AwsRejected, InvalidRequest, NotOurs, NotYetConsistent
from tests.unit.builders import OURS, THEIRS, Json, an_owner, tag_list
from tests.unit.described import subnet_group
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

NAME = "private-connection-redis-demo"
ABSENT = Refusal("CacheSubnetGroupNotFoundFault")
DELETE = DeleteSubnetGroup(name=NAME)


def test_a_group_is_found_with_its_subnets(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group("caches", "subnet-a", "subnet-b")]})
    group = find_subnet_group("caches")
    assert group is not None
    assert (group.name, group.vpc_id, group.subnet_ids) == ("caches", "vpc-1", ("subnet-a", "subnet-b"))


def test_an_absent_group_is_none(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", ABSENT)
    assert find_subnet_group("caches") is None


def test_of_all_groups_those_with_our_name_and_tag_are_listed(aws: FakeAws) -> None:
    names = ["caches", NAME, "private-connection-theirs", "private-connection-gone"]
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group(name) for name in names]})
    tags: dict[str, Json | Refusal] = {
        NAME: {"TagList": tag_list(OURS)},
        "private-connection-theirs": {"TagList": tag_list(THEIRS)},
        "private-connection-gone": ABSENT,
    }
    aws.answers("ListTagsForResource", lambda asked: tags[asked["ResourceName"].split(":")[-1]])
    assert [(group.name, tags) for group, tags in list_subnet_groups("redis-demo")] == [(NAME, OURS)]
    assert len(aws.asked("ListTagsForResource")) == 3


def test_a_group_is_made_with_our_tags(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", ABSENT)
    aws.answers("CreateCacheSubnetGroup", {})
    assert ensure_subnet_group(an_owner(), "redis-demo", ("subnet-a",)) == NAME
    (asked,) = aws.asked("CreateCacheSubnetGroup")
    assert (asked["CacheSubnetGroupName"], list(asked["SubnetIds"])) == (NAME, ["subnet-a"])
    assert asked["Tags"] == tag_list(OURS)


def test_a_group_of_ours_is_left_as_it_is(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group(NAME)]})
    aws.answers("ListTagsForResource", {"TagList": tag_list(OURS)})
    assert ensure_subnet_group(an_owner(maker="run-2"), "redis-demo", ("subnet-a",)) == NAME
    assert "CreateCacheSubnetGroup" not in aws.operations


def test_a_group_of_ours_of_other_subnets_is_not_taken(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group(NAME)]})
    aws.answers("ListTagsForResource", {"TagList": tag_list(OURS)})
    with pytest.raises(InvalidRequest, match="it has the subnets subnet-a, and this run was to use subnet-b"):
        ensure_subnet_group(an_owner(), "redis-demo", ("subnet-b",))


def test_a_group_of_somebody_else_is_refused(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group(NAME)]})
    aws.answers("ListTagsForResource", {"TagList": tag_list(THEIRS)})
    with pytest.raises(NotOurs, match=f"finding subnet group \\({NAME}\\)"):
        ensure_subnet_group(an_owner(), "redis-demo", ("subnet-a",))


@pytest.mark.parametrize("code", NOT_CREATABLE_YET)
def test_what_somebody_makes_at_the_same_time_is_looked_up_again(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeCacheSubnetGroups", ABSENT)
    aws.answers("CreateCacheSubnetGroup", Refusal(code))
    with pytest.raises(NotYetConsistent):
        ensure_subnet_group(an_owner(), "redis-demo", ("subnet-a",))


@pytest.mark.parametrize("answer", [{}, ABSENT], ids=["there", "absent"])
def test_a_group_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteCacheSubnetGroup", answer)
    assert delete_subnet_group(DELETE) == Done()


def test_a_group_in_use_is_deleted_later_and_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteCacheSubnetGroup", Refusal("CacheSubnetGroupInUse"), DENIED)
    with pytest.raises(NotYetConsistent):
        delete_subnet_group(DELETE)
    with pytest.raises(AwsRejected, match=f"deleting subnet group \\({NAME}\\)"):
        delete_subnet_group(DELETE)
