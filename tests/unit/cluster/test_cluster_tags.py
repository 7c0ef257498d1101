"""The user's tags on a cluster and its groups: added where they lack, on what is ours alone."""

from typing import Any, Final

import pytest

from private_connection.cluster.cluster_tags import converge_cluster_tags
from tests.unit.builders import OURS, THEIRS, a_creation, an_existing, an_owner, tag_list
from tests.unit.described import security_group, subnet_group
from tests.unit.fake_aws import FakeAws, Refusal

OWN: Final = "private-connection-redis-demo"
OWNER: Final = an_owner().model_copy(update={"tags": {"team": "data"}})
TEAM: Final = [{"Key": "team", "Value": "data"}]


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """The groups that a run made for the cluster."""
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group(OWN)]})
    aws.answers("ListTagsForResource", {"TagList": tag_list(OURS)})
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": [security_group("sg-9", OWN, OURS)]})
    aws.answers("AddTagsToResource", {"TagList": []})
    aws.answers("CreateTags", {})


def converge(tags: dict[str, str] = OURS, status: str = "available", **creation: Any) -> None:
    converge_cluster_tags(OWNER, an_existing(status=status), tags, a_creation(**creation))


def tagged(aws: FakeAws) -> list[str]:
    cached = [asked["ResourceName"].rpartition(":")[2] for asked in aws.asked("AddTagsToResource")]
    return [*cached, *(each for asked in aws.asked("CreateTags") for each in asked["Resources"])]


def test_a_cluster_and_its_groups_get_what_they_lack(aws: FakeAws) -> None:
    converge()
    assert tagged(aws) == ["redis-demo", OWN, "sg-9"]
    assert all(asked["Tags"] == TEAM for call in ("AddTagsToResource", "CreateTags") for asked in aws.asked(call))


def test_one_that_has_them_is_left_alone(aws: FakeAws) -> None:
    converge(OURS | {"team": "data"})
    assert tagged(aws) == [OWN, "sg-9"]


def test_groups_that_the_request_names_are_left_alone(aws: FakeAws) -> None:
    converge(own_subnet_group=False, security_group_ids=("sg-1",))
    assert tagged(aws) == ["redis-demo"]


def test_groups_that_are_somebody_elses_or_gone_are_left_alone(aws: FakeAws) -> None:
    aws.answers("ListTagsForResource", {"TagList": tag_list(THEIRS)})
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": [security_group("sg-9", OWN, THEIRS)]})
    converge()
    aws.answers("DescribeCacheSubnetGroups", Refusal("CacheSubnetGroupNotFoundFault"))
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": []})
    converge()
    assert tagged(aws) == ["redis-demo"] * 2


def test_a_cluster_that_is_being_changed_is_tagged_next_time(aws: FakeAws) -> None:
    converge(status="modifying")
    aws.answers("AddTagsToResource", Refusal("InvalidReplicationGroupState"))
    converge()
    assert aws.asked("AddTagsToResource")[0]["ResourceName"].endswith(OWN)


def test_without_tags_nothing_is_looked_up(aws: FakeAws) -> None:
    converge_cluster_tags(an_owner(), an_existing(), OURS, a_creation())
    assert aws.calls == []
