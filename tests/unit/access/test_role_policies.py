"""The policies on a role: found, listed, written, deleted, and what a scoped one is worth beside others."""

import json
from typing import Final

import pytest

from private_connection.access.policies import policy_document
from private_connection.access.role_policies import (
    boundary_exists,
    delete_role_policy,
    ensure_role_policy,
    find_role_policy,
    is_shared,
    list_attached_policies,
    list_role_policies,
    scope_findings,
)
from private_connection.errors import AwsRejected, NotYetConsistent
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

ROLE, NAME = "their-role", "private-connection-eu-central-1-redis-demo"
ABSENT = Refusal("NoSuchEntity", 404)
SCOPED = policy_document("scoped", f"arn:aws:iam::123456789012:role/{ROLE}", "eu-central-1", "redis-demo")
WIDE: Json = policy_document("documented", f"arn:aws:iam::123456789012:role/{ROLE}", "eu-central-1", "redis-demo")
Row = tuple[str, dict[str, Json], list[str], str]
RAISED: Final[list[Row]] = [
    ("SCOPED_POLICY", {NAME: SCOPED}, [], ""),
    ("ROLE_IS_WIDER", {NAME: SCOPED, "theirs": WIDE}, [], "theirs"),
    ("ROLE_IS_WIDER", {NAME: SCOPED}, ["ReadOnlyAccess"], "ReadOnlyAccess"),
    ("ROLE_IS_WIDER", {NAME: SCOPED, "theirs": WIDE}, ["ReadOnlyAccess"], "ReadOnlyAccess, theirs"),
]
NOT_WIDER: Final[list[tuple[str, dict[str, Json]]]] = [
    ("our own policy, whatever it allows", {NAME: WIDE}),
    ("another connection's scoped one", {NAME: SCOPED, "other": SCOPED}),
]


def carrying(aws: FakeAws, inline: dict[str, Json], attached: list[str]) -> None:
    def document(asked: Json) -> Json | Refusal:
        found = inline.get(asked["PolicyName"])
        return ABSENT if found is None else asked | {"PolicyDocument": json.dumps(found)}

    aws.answers("GetRolePolicy", document)
    aws.answers("ListRolePolicies", {"PolicyNames": list(inline), "IsTruncated": False})
    aws.answers("ListAttachedRolePolicies", {"AttachedPolicies": [{"PolicyName": name} for name in attached]})


def test_a_policy_is_found_or_none(aws: FakeAws) -> None:
    carrying(aws, {NAME: SCOPED}, [])
    assert find_role_policy(ROLE, NAME) == SCOPED
    assert find_role_policy(ROLE, "other") is None


def test_policies_are_listed_by_name(aws: FakeAws) -> None:
    carrying(aws, {NAME: SCOPED, "theirs": WIDE}, ["ReadOnlyAccess"])
    assert list_role_policies(ROLE) == [NAME, "theirs"]
    assert list_attached_policies(ROLE) == ["ReadOnlyAccess"]


def test_a_role_that_is_gone_has_no_policies(aws: FakeAws) -> None:
    aws.answers("ListRolePolicies", ABSENT)
    aws.answers("ListAttachedRolePolicies", ABSENT)
    assert list_role_policies(ROLE) == list_attached_policies(ROLE) == []


def test_a_boundary_exists_or_not(aws: FakeAws) -> None:
    aws.answers("GetPolicy", {"Policy": {"PolicyName": "bound"}}, ABSENT)
    arn = "arn:aws:iam::123456789012:policy/bound"
    assert [boundary_exists(arn), boundary_exists(arn)] == [True, False]


@pytest.mark.parametrize(
    ("inline", "writes"), [({}, 1), ({NAME: WIDE}, 1), ({NAME: SCOPED}, 0)], ids=["absent", "other", "as it shall be"]
)
def test_a_policy_is_written_unless_it_is_as_it_shall_be(aws: FakeAws, inline: dict[str, Json], writes: int) -> None:
    carrying(aws, inline, [])
    aws.answers("PutRolePolicy", {})
    ensure_role_policy(ROLE, NAME, SCOPED)
    written = [json.loads(asked["PolicyDocument"]) for asked in aws.asked("PutRolePolicy")]
    assert written == [SCOPED] * writes


@pytest.mark.parametrize("code", ["NoSuchEntity", "ConcurrentModification"])
def test_a_role_that_does_not_show_everywhere_is_written_to_later(aws: FakeAws, code: str) -> None:
    carrying(aws, {}, [])
    aws.answers("PutRolePolicy", Refusal(code))
    with pytest.raises(NotYetConsistent, match=f"putting role policy \\({ROLE}/{NAME}\\)"):
        ensure_role_policy(ROLE, NAME, SCOPED)


def test_a_policy_is_deleted_or_gone_already(aws: FakeAws) -> None:
    aws.answers("DeleteRolePolicy", {}, ABSENT)
    assert [delete_role_policy(ROLE, NAME), delete_role_policy(ROLE, NAME)] == [True, False]


def test_a_policy_that_cannot_be_deleted_now_is_deleted_later_and_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteRolePolicy", Refusal("ConcurrentModification", 409), DENIED)
    with pytest.raises(NotYetConsistent):
        delete_role_policy(ROLE, NAME)
    with pytest.raises(AwsRejected, match="deleting role policy"):
        delete_role_policy(ROLE, NAME)


@pytest.mark.parametrize(
    ("names", "shared"),
    [([], False), (["theirs"], False), (["theirs", NAME], True), (["my-private-connection-"], False)],
)
def test_a_policy_of_any_connection_makes_a_role_shared(names: list[str], shared: bool) -> None:
    assert is_shared(names) is shared


@pytest.mark.parametrize(("code", "inline", "attached", "named"), RAISED, ids=[f"{row[0]}-{row[3]}" for row in RAISED])
def test_a_finding_on_a_scoped_policy(
    aws: FakeAws, code: str, inline: dict[str, Json], attached: list[str], named: str
) -> None:
    carrying(aws, inline, attached)
    found = {each.code: each for each in scope_findings(ROLE, NAME)}
    assert set(found) == {"SCOPED_POLICY", code}
    assert named in found[code].found


@pytest.mark.parametrize(("what", "inline"), NOT_WIDER, ids=[row[0] for row in NOT_WIDER])
def test_policies_that_make_a_role_no_wider(aws: FakeAws, what: str, inline: dict[str, Json]) -> None:
    carrying(aws, inline, [])
    assert [each.code for each in scope_findings(ROLE, NAME)] == ["SCOPED_POLICY"]
