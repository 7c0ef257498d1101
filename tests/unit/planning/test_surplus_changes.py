"""What is not asked for any more: what goes, and what becomes of what stays."""

from typing import Any, Final

import pytest

from private_connection.former_tags import Tagged
from private_connection.naming import access_policy
from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.paths.targets import StaleTargets
from private_connection.planning import surplus_changes
from private_connection.planning.changes import CLUSTER, RUN, found, withdrawn
from private_connection.planning.surplus_changes import (
    LOOKED_AT,
    going_changes,
    lost_changes,
    named,
    staying_changes,
    tag_changes,
    with_rules_named,
)
from private_connection.teardown.surplus import Staying
from private_connection.things import Thing, key
from tests.unit.builders import ACCOUNT, Json, a_role, a_rule, a_thing, a_wanted
from tests.unit.fake_aws import FakeAws

RULE: Final = a_thing("securityGroupRule", "sgr-9", id="sgr-9")
SERVICE: Final = a_thing("endpointService", "vpce-svc-9", id="vpce-svc-9", within="pc-old")
POLICY: Final = a_thing("rolePolicy", "old/policy", within="old", created_by=None)
TAG: Final = "private-connection/for/eu-central-1/redis-demo"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, aws: FakeAws) -> Json:
    """What the looks find, to be changed."""
    finds: Json = {
        "find_rule_users": {},
        "find_role_policy": None,
        "find_role": None,
        "list_role_policies": [],
        "policies_of_others": set(),
        "find_principals": {ACCOUNT},
        "lost_with_their_nodes": [],
        "find_tagged": Tagged(ec2={}, caches={}, role={}),
    }
    for name in finds:
        monkeypatch.setattr(surplus_changes, name, lambda *_, name=name: finds[name])
    return finds


def told(changes: Any) -> list[tuple[str, str, str]]:
    return [(each.action, each.type, each.name) for each in changes]


@pytest.mark.parametrize("kind", ["endpointService", "loadBalancer", "targetGroup", "role", "cacheSubnetGroup"])
def test_what_goes_as_a_whole_is_withdrawn(kind: Any) -> None:
    assert told(going_changes("redis-demo", [a_thing(kind, "old")], rules_known=True)) == [("withdraw", kind, "old")]


def test_a_security_group_is_called_by_its_name() -> None:
    group = a_thing("securityGroup", "private-connection-old/sg-9", id="sg-9")
    assert named(group) == "private-connection-old"
    assert told(going_changes("redis-demo", [group], rules_known=True)) == [
        ("withdraw", "securityGroup", "private-connection-old")
    ]


@pytest.mark.parametrize(
    ("users", "action"), [(["redis-demo"], "withdraw"), ([], "withdraw"), (["other", "redis-demo"], "change")]
)
def test_a_rule_that_others_use_stays_without_the_connections_tag(account: Json, users: list[str], action: str) -> None:
    account["find_rule_users"] = {"sgr-9": users}
    (change,) = going_changes("redis-demo", [RULE], rules_known=True)
    assert (change.action, change.type, change.name) == (action, "securityGroupRule", "sgr-9")


def test_rules_are_called_by_what_they_admit(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [a_rule(id="sgr-9"), a_rule(id="sgr-8", cidr=None, protocol="-1", from_port=-1)]
    monkeypatch.setattr(surplus_changes, "find_rules", lambda groups: rules if groups == ["sg-1"] else [])
    things = [a_thing("securityGroupRule", each, id=each, within="sg-1") for each in ("sgr-8", "sgr-9")]
    goes, stays, other = (
        withdrawn("securityGroupRule", "sgr-9"),
        found("securityGroupRule", "sgr-8"),
        found("role", "r"),
    )
    assert [each.name for each in with_rules_named([goes, stays, other], things)] == [
        "sg-1: 10.0.0.0/24 on 6379 (sgr-9)",
        "sg-1: a group on every port (sgr-8)",
        "r",
    ]


def test_until_it_is_known_which_rules_are_needed_none_is_said_to_go() -> None:
    (change,) = going_changes("redis-demo", [RULE], rules_known=False)
    assert (change.action, change.name, change.known_after) == ("keep", "sgr-9", CLUSTER)


@pytest.mark.parametrize(
    ("others", "goes_too", "expected"),
    [
        (set(), False, ["withdraw"]),
        ({"another"}, False, ["withdraw", "change"]),
        ({"another"}, True, ["withdraw", "withdraw"]),
    ],
    ids=["a role that nobody else uses", "one that others use", "one that goes"],
)
def test_a_policy_goes_and_its_tag_where_others_keep_the_role(
    account: Json, others: set[str], goes_too: bool, expected: list[str]
) -> None:
    tags = {WORKSPACE: "ws-9", CREATED_BY: "run-1", TAG: "run-1"}
    role = a_role("private-connection-old", path="/private-connection/", tags=tags)
    account |= {"find_role_policy": {}, "find_role": role, "policies_of_others": others}
    policy = POLICY.model_copy(update={"within": role.name})
    going = [policy, *([a_thing("role", role.name, id=role.name)] if goes_too else [])]
    changes = list(going_changes("redis-demo", going, rules_known=True))
    assert [each.action for each in changes] == expected
    assert changes[0].name == f"{role.name}/{access_policy('eu-central-1', 'redis-demo')}"


def test_what_stays_is_told_and_a_service_in_use_is_offered_to_nobody() -> None:
    later, in_use = Staying("later", "SURPLUS_LATER"), Staying("in use", "SURPLUS_IN_USE")
    assert told(staying_changes([SERVICE], {key(SERVICE): later})) == [("keep", "endpointService", "vpce-svc-9")]
    assert told(staying_changes([SERVICE], {key(SERVICE): in_use})) == [
        ("keep", "endpointService", "vpce-svc-9"),
        ("withdraw", "allowedPrincipal", f"vpce-svc-9/{ACCOUNT}"),
    ]
    assert told(staying_changes([SERVICE], {})) == []


def test_of_many_services_in_use_it_is_known_later_to_whom_they_are_not_offered_any_more() -> None:
    services = [SERVICE.model_copy(update={"id": f"vpce-svc-{number}"}) for number in range(LOOKED_AT + 1)]
    in_use = {key(each): Staying("in use", "SURPLUS_IN_USE") for each in services}
    shut = [each for each in staying_changes(services, in_use) if each.type == "allowedPrincipal"]
    assert [each.known_after for each in shut] == [None] * LOOKED_AT + [RUN]


def test_what_stays_as_its_cluster_is_changing_may_be_asked_for_again() -> None:
    later = Staying("later", "SURPLUS_LATER")
    assert [each.known_after for each in staying_changes([SERVICE], {key(SERVICE): later})] == [CLUSTER]


def test_an_address_that_no_node_has_leaves_a_target_group_that_stays(account: Json) -> None:
    arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/pc-old/0123456789abcdef"
    group = a_thing("targetGroup", "pc-old", id=arn, node="old-001")
    account["lost_with_their_nodes"] = [StaleTargets(target_group_arn=arn, targets=("172.31.0.9:6379",))]
    (change,) = lost_changes([group])
    assert (change.action, change.type, change.name) == ("withdraw", "target", "pc-old/172.31.0.9:6379")
    assert change.node == "old-001"


def test_of_many_target_groups_that_stay_it_is_known_later_which_addresses_leave(account: Json) -> None:
    groups = [a_thing("targetGroup", f"pc-{number}", id=f"arn-{number}") for number in range(LOOKED_AT + 1)]
    assert [(each.name, each.known_after) for each in lost_changes(groups)] == [(f"pc-{LOOKED_AT}", RUN)]


def test_tags_go_from_what_is_part_of_no_path_that_is_told_elsewhere(account: Json) -> None:
    old = {"old": "x"}
    wanted = a_wanted(tags=("old",))
    own = a_thing("endpointService", "vpce-svc-1", id="vpce-svc-1", within="pc-a")
    group = a_thing("securityGroup", "private-connection-redis-demo/sg-1", id="sg-1")
    arn = "arn:aws:elasticache:us-east-1:123456789012"
    account["find_tagged"] = Tagged(
        ec2={"sg-1": old, "sgr-1": old, "sgr-9": old, "vpce-svc-1": old, "vpce-svc-9": old},
        caches={f"{arn}:replicationgroup:redis-demo": old, f"{arn}:subnetgroup:private-connection-redis-demo": old},
        role=old,
    )
    things: list[Thing] = [own, SERVICE, group, RULE]
    changes = list(tag_changes("redis-demo", wanted, [RULE], things))
    assert told(changes) == [
        ("change", "securityGroup", "private-connection-redis-demo"),
        ("change", "securityGroupRule", "sgr-1"),
        ("change", "endpointService", "vpce-svc-9"),
        ("change", "replicationGroup", "redis-demo"),
        ("change", "cacheSubnetGroup", "private-connection-redis-demo"),
        ("change", "role", "their-role"),
    ]
    assert list(tag_changes("redis-demo", a_wanted(), [], things)) == []
