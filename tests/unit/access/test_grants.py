"""Grants: what a connection has on each role that Ververica may assume, and how it is taken off."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from private_connection.access.grants import Grant, RemovePolicy, list_grants, remove_policy
from private_connection.contracts import Done
from private_connection.errors import NotYetConsistent
from private_connection.ownership import WORKSPACE
from tests.unit.builders import a_trust
from tests.unit.described import role
from tests.unit.fake_aws import FakeAws, Refusal

ABSENT = Refusal("NoSuchEntity", 404)
POLICY, OTHER = "private-connection-eu-central-1-redis-demo", "private-connection-eu-central-1-orders"
TAG = "private-connection/for/eu-central-1/redis-demo"
OURS = {WORKSPACE: "ws-1", TAG: "run-1"}
REMOVE = RemovePolicy(connection="redis-demo", role_name="their-role")


def holding(
    aws: FakeAws, tags: Mapping[str, str], inline: Sequence[str], attached: Sequence[str] = (), **changes: Any
) -> None:
    """One role, with these policies."""
    found = role(tags=tags, **changes)
    aws.answers("ListRoles", {"Roles": [found], "IsTruncated": False})
    aws.answers("GetRole", {"Role": found})
    aws.answers("ListRolePolicies", {"PolicyNames": list(inline), "IsTruncated": False})
    aws.answers("ListAttachedRolePolicies", {"AttachedPolicies": [{"PolicyName": name} for name in attached]})
    aws.answers("DeleteRolePolicy", {})
    aws.answers("UntagRole", {})


def grants() -> list[Grant]:
    return list(list_grants("redis-demo"))


@pytest.mark.parametrize(
    ("tags", "inline", "carries", "removable"),
    [
        (OURS, [POLICY], True, True),
        (OURS, [], False, True),  # a teardown that died took the policy off
        (OURS, [POLICY, OTHER], True, False),  # another connection uses the role
        ({WORKSPACE: "ws-1"}, [POLICY], True, False),  # made for other connections
        ({TAG: "run-1"}, [POLICY], True, False),  # not made by us
        ({}, [], False, False),
    ],
)
def test_what_a_connection_has_on_a_role(
    aws: FakeAws, tags: dict[str, str], inline: list[str], carries: bool, removable: bool
) -> None:
    holding(aws, tags, inline)
    (grant,) = grants()
    assert (grant.carries_policy, grant.is_removable) == (carries, removable)


def test_policies_that_are_not_ours_are_named_on_a_role_that_could_go(aws: FakeAws) -> None:
    holding(aws, OURS, [POLICY, "theirs"], ["ReadOnlyAccess"])
    assert grants()[0].foreign_policies == ("theirs", "ReadOnlyAccess")


def test_on_a_role_that_stays_they_are_not_read(aws: FakeAws) -> None:
    holding(aws, {}, [POLICY, "theirs"], ["ReadOnlyAccess"])
    assert grants()[0].foreign_policies == ()
    assert "ListAttachedRolePolicies" not in aws.operations


def test_only_roles_that_ververica_may_assume_are_read(aws: FakeAws) -> None:
    holding(aws, OURS, [POLICY], trust=a_trust(principal="111122223333"))
    assert grants() == []
    assert aws.operations == ["ListRoles"]


def test_a_role_for_whatever_workspace_counts(aws: FakeAws) -> None:
    holding(aws, OURS, [POLICY], trust=a_trust(external_id="ws-9"))
    assert grants()[0].carries_policy


def test_a_role_that_goes_meanwhile_is_left_out(aws: FakeAws) -> None:
    holding(aws, OURS, [POLICY])
    aws.answers("GetRole", ABSENT)
    assert grants() == []


@pytest.mark.parametrize(
    ("tags", "left", "untags"),
    [
        (OURS, [OTHER], True),  # another connection keeps the role
        (OURS, [], False),  # the role goes next, and its tag tells whose it is
        ({TAG: "run-1"}, [OTHER], False),  # not made by us
        ({WORKSPACE: "ws-1"}, [OTHER], False),
    ],
)
def test_a_policy_is_taken_off_and_the_tag_where_the_role_stays(
    aws: FakeAws, tags: dict[str, str], left: list[str], untags: bool
) -> None:
    holding(aws, tags, left)
    assert remove_policy(REMOVE) == Done()
    assert aws.asked("DeleteRolePolicy") == [{"RoleName": "their-role", "PolicyName": POLICY}]
    assert [asked["TagKeys"] for asked in aws.asked("UntagRole")] == ([[TAG]] if untags else [])


def test_a_policy_that_is_gone_is_taken_off(aws: FakeAws) -> None:
    holding(aws, OURS, [OTHER])
    aws.answers("DeleteRolePolicy", ABSENT)
    assert remove_policy(REMOVE) == Done()
    assert aws.operations == ["DeleteRolePolicy"]


def test_a_role_that_goes_meanwhile_has_no_tag(aws: FakeAws) -> None:
    holding(aws, OURS, [OTHER])
    aws.answers("GetRole", ABSENT)
    assert remove_policy(REMOVE) == Done()
    assert "UntagRole" not in aws.operations


def test_a_role_that_somebody_changes_is_untagged_later(aws: FakeAws) -> None:
    holding(aws, OURS, [OTHER])
    aws.answers("UntagRole", Refusal("ConcurrentModification", 409))
    with pytest.raises(NotYetConsistent, match=r"untagging role \(their-role\)"):
        remove_policy(REMOVE)
