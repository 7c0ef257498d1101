"""Tags that are not asked for any more: taken off all that is ours and that nobody else uses, beside the paths."""

from typing import Final

import pytest

from private_connection.contracts import Done
from private_connection.errors import NotYetConsistent
from private_connection.former_tags import CHANGING, RemoveTags, Tagged, find_tagged, remove_tags
from private_connection.ownership import CREATED_BY, WORKSPACE, use_tag
from tests.unit.builders import OURS, Json, tag_list
from tests.unit.described import group, role, rule, security_group, service, subnet_group
from tests.unit.fake_aws import FakeAws, Refusal

ROLE: Final = "private-connection-ws-1"
REMOVE: Final = RemoveTags(connection="redis-demo", cluster_id="redis-demo", role_name=ROLE, tags=("old", "stage"))
OLD: Final = {"old": "1", "team": "data"}
USED: Final = {use_tag("redis-demo"): "run-1"}
ROLE_USE: Final = use_tag("eu-central-1/redis-demo")
NAMED: Final = {"private-connection": "redis-demo"}
"""One of our two marks."""


class Account:
    """What is ours in an account, with the tags that a test gives it."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.groups = [group()]
        self.caches: dict[str, Json] = {}
        aws.answers("DescribeReplicationGroups", lambda _: {"ReplicationGroups": self.groups})
        aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group("private-connection-redis-demo")]})
        aws.answers("ListTagsForResource", self.tags_of_cache)
        self.has(services=OURS, groups=OURS, rules=OURS | USED, role=self.mine())
        for operation in ("DeleteTags", "UntagRole"):
            aws.answers(operation, {})
        aws.answers("RemoveTagsFromResource", {"TagList": []})

    @staticmethod
    def mine() -> Json:
        return {WORKSPACE: "ws-1", CREATED_BY: "run-1", ROLE_USE: "run-1"}

    def tags_of_cache(self, asked: Json) -> Json:
        return {"TagList": tag_list(self.caches.get(asked["ResourceName"].rpartition(":")[2], OURS))}

    def has(self, **tags: Json) -> None:
        if "services" in tags:
            self.aws.answers(
                "DescribeVpcEndpointServiceConfigurations",
                {"ServiceConfigurations": [service(tags=tags["services"])]},
            )
        if "groups" in tags:
            self.aws.answers("DescribeSecurityGroups", {"SecurityGroups": [security_group(tags=tags["groups"])]})
        if "rules" in tags:
            self.aws.answers(
                "DescribeSecurityGroupRules",
                {"SecurityGroupRules": [rule(tags=tags["rules"])]},
                {"SecurityGroupRules": []},
            )
        if "role" in tags:
            path = "/private-connection/"
            self.aws.answers("GetRole", {"Role": role(ROLE, tags=tags["role"], path=path)})

    def all_have(self, tags: Json) -> None:
        self.has(services=OURS | tags, groups=OURS | tags, rules=OURS | USED | tags, role=self.mine() | tags)
        self.caches = dict.fromkeys(("redis-demo", "private-connection-redis-demo"), OURS | tags)

    def untagged(self) -> list[str]:
        cached = [asked["ResourceName"].rpartition(":")[2] for asked in self.aws.asked("RemoveTagsFromResource")]
        ec2 = [each for asked in self.aws.asked("DeleteTags") for each in asked["Resources"]]
        return [*ec2, *cached, *(asked["RoleName"] for asked in self.aws.asked("UntagRole"))]


@pytest.fixture
def account(aws: FakeAws) -> Account:
    return Account(aws)


def is_carried(found: Tagged) -> bool:
    """Whether anything carries one of the keys."""
    return found.rest or bool(found.clusters)


def test_all_that_is_ours_loses_the_keys_and_keeps_the_others(account: Account, aws: FakeAws) -> None:
    account.all_have(OLD)
    assert remove_tags(REMOVE) == Done()
    assert account.untagged() == [
        *("vpce-svc-1", "sg-1", "sgr-1"),
        *("redis-demo", "private-connection-redis-demo"),
        ROLE,
    ]
    assert [asked["Tags"] for asked in aws.asked("DeleteTags")] == [[{"Key": "old"}, {"Key": "stage"}]]
    keys = [asked["TagKeys"] for name in ("RemoveTagsFromResource", "UntagRole") for asked in aws.asked(name)]
    assert keys == [["old"]] * 3


def test_what_has_none_of_the_keys_costs_no_change(account: Account) -> None:
    account.all_have({"team": "data", "Old": "1"})
    assert not is_carried(find_tagged(REMOVE))
    remove_tags(REMOVE)
    assert account.untagged() == []


@pytest.mark.parametrize(
    "tags",
    [
        {"services": NAMED | OLD},
        {"services": OURS | {"private-connection": "other"} | OLD},
        {"groups": NAMED | OLD},
        {"rules": NAMED | USED | OLD},
        {"rules": OURS | OLD},
        {"rules": OURS | USED | {use_tag("other"): "run-2"} | OLD},
        {"role": {WORKSPACE: "ws-1", ROLE_USE: "run-1"} | OLD},
        {"role": {CREATED_BY: "run-1"} | OLD},
    ],
    ids=str,
)
def test_what_lacks_a_mark_or_is_somebody_elses_or_shared_keeps_them(account: Account, tags: dict[str, Json]) -> None:
    account.has(**tags)
    assert not is_carried(find_tagged(REMOVE))


def test_a_role_that_another_connection_uses_keeps_them(account: Account) -> None:
    account.has(role=account.mine() | {use_tag("eu-central-1/other"): "run-2"} | OLD)
    assert not is_carried(find_tagged(REMOVE))


def test_a_role_that_is_gone_or_of_the_users_own_keeps_them(account: Account, aws: FakeAws) -> None:
    aws.answers("GetRole", {"Role": role("their-role", tags=account.mine() | OLD)}, Refusal("NoSuchEntity"))
    assert not is_carried(find_tagged(REMOVE))
    account.has(rules=OURS | USED)
    assert not is_carried(find_tagged(REMOVE))


def test_an_adopted_cluster_and_a_subnet_group_of_others_keep_them(account: Account) -> None:
    account.caches = {"redis-demo": OLD, "private-connection-redis-demo": NAMED | OLD}
    assert not is_carried(find_tagged(REMOVE))


def test_a_cluster_that_is_being_changed_shows_no_tags_and_is_told(account: Account) -> None:
    account.groups = [group(Status="modifying")]
    account.caches = {"redis-demo": OURS | OLD}
    found = find_tagged(REMOVE)
    assert not is_carried(found)
    assert found.hidden == {"redis-demo": ("modifying", "run-1")}


def test_a_cluster_of_somebody_elses_that_is_being_changed_is_not_told(account: Account) -> None:
    account.groups = [group(Status="modifying", Description="payments")]
    assert find_tagged(REMOVE).hidden == {}


def test_a_service_that_is_being_deleted_is_left_out(account: Account, aws: FakeAws) -> None:
    deleting = service(tags=OURS | OLD, ServiceState="Deleting")
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": [deleting]})
    assert not is_carried(find_tagged(REMOVE))


@pytest.mark.parametrize("code", CHANGING)
def test_what_elasticache_refuses_because_it_has_changed_is_looked_up_again(
    account: Account, aws: FakeAws, code: str
) -> None:
    account.caches = {"redis-demo": OURS | OLD}
    aws.answers("RemoveTagsFromResource", Refusal(code))
    with pytest.raises(NotYetConsistent):
        remove_tags(REMOVE)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("DeleteTags", "InvalidSecurityGroupRuleId.NotFound"),
        ("DeleteTags", "InvalidVpcEndpointServiceId.NotFound"),
        ("DeleteTags", "InvalidGroup.NotFound"),
        ("UntagRole", "NoSuchEntity"),
    ],
)
def test_what_goes_meanwhile_is_looked_up_again(account: Account, aws: FakeAws, operation: str, code: str) -> None:
    account.all_have(OLD)
    aws.answers(operation, Refusal(code))
    with pytest.raises(NotYetConsistent):
        remove_tags(REMOVE)
