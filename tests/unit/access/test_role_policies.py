"""The policies on a role: found, listed, written, deleted, and what a scoped one is worth beside others."""

import json
from typing import Final

import pytest

from private_connection.access.permissions import Permissions
from private_connection.access.policies import policy_document
from private_connection.access.role_policies import (
    delete_role_policy,
    ensure_role_policy,
    find_managed_policy,
    find_permissions,
    find_role_policy,
    list_attached_policies,
    list_role_policies,
    scope_findings,
)
from private_connection.access.sids import marked, widened
from private_connection.errors import AwsRejected, NotYetConsistent
from tests.unit.builders import Json, a_role
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

ROLE, NAME = "their-role", "private-connection-eu-central-1-redis-demo"
ABSENT = Refusal("NoSuchEntity", 404)
MANAGED = "arn:aws:iam::aws:policy/"
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
    managed = [{"PolicyName": name, "PolicyArn": f"{MANAGED}{name}"} for name in attached]
    aws.answers("ListAttachedRolePolicies", {"AttachedPolicies": managed})


def test_a_policy_is_found_or_none(aws: FakeAws) -> None:
    carrying(aws, {NAME: SCOPED}, [])
    assert find_role_policy(ROLE, NAME) == SCOPED
    assert find_role_policy(ROLE, "other") is None


def test_policies_are_listed_by_name(aws: FakeAws) -> None:
    carrying(aws, {NAME: SCOPED, "theirs": WIDE}, ["ReadOnlyAccess"])
    assert list_role_policies(ROLE) == [NAME, "theirs"]
    assert list_attached_policies(ROLE) == {"ReadOnlyAccess": f"{MANAGED}ReadOnlyAccess"}


def test_a_role_that_is_gone_has_no_policies(aws: FakeAws) -> None:
    aws.answers("ListRolePolicies", ABSENT)
    aws.answers("ListAttachedRolePolicies", ABSENT)
    assert list_role_policies(ROLE) == []
    assert list_attached_policies(ROLE) == {}


BY_ANOTHER: Final = marked(SCOPED, "run-0")


@pytest.mark.parametrize(
    ("inline", "written"),
    [
        ({}, [marked(SCOPED, "run-1")]),
        ({NAME: WIDE}, [widened(WIDE, SCOPED, "run-1")]),
        ({NAME: SCOPED}, []),
        ({NAME: BY_ANOTHER}, []),
        ({NAME: widened(BY_ANOTHER, WIDE, "run-0")}, []),
    ],
    ids=["absent", "other", "as it shall be", "as another run wrote it", "wider"],
)
def test_what_a_policy_lacks_is_written_beside_what_it_has(
    aws: FakeAws, inline: dict[str, Json], written: list[Json]
) -> None:
    carrying(aws, inline, [])
    aws.answers("PutRolePolicy", {})
    ensure_role_policy(ROLE, NAME, SCOPED, "run-1")
    assert [json.loads(asked["PolicyDocument"]) for asked in aws.asked("PutRolePolicy")] == written


@pytest.mark.parametrize("code", ["NoSuchEntity", "ConcurrentModification"])
def test_a_role_that_does_not_show_everywhere_is_written_to_later(aws: FakeAws, code: str) -> None:
    carrying(aws, {}, [])
    aws.answers("PutRolePolicy", Refusal(code))
    with pytest.raises(NotYetConsistent, match=f"putting role policy \\({ROLE}/{NAME}\\)"):
        ensure_role_policy(ROLE, NAME, SCOPED, "run-1")


@pytest.mark.parametrize("answer", [{}, ABSENT], ids=["there", "absent"])
def test_a_policy_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteRolePolicy", answer)
    delete_role_policy(ROLE, NAME)
    assert aws.operations == ["DeleteRolePolicy"]


def test_a_policy_that_cannot_be_deleted_now_is_deleted_later_and_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteRolePolicy", Refusal("ConcurrentModification", 409), DENIED)
    with pytest.raises(NotYetConsistent):
        delete_role_policy(ROLE, NAME)
    with pytest.raises(AwsRejected, match="deleting role policy"):
        delete_role_policy(ROLE, NAME)


def versions(aws: FakeAws, documents: dict[str, Json]) -> None:
    """Managed policies, of which the third version applies."""

    def policy(asked: Json) -> Json | Refusal:
        return {"Policy": {"DefaultVersionId": "v3"}} if asked["PolicyArn"] in documents else ABSENT

    aws.answers("GetPolicy", policy)
    aws.answers(
        "GetPolicyVersion",
        lambda asked: {"PolicyVersion": {"Document": json.dumps(documents[asked["PolicyArn"]])}},
    )


def test_a_managed_policy_is_found_in_the_version_that_applies(aws: FakeAws) -> None:
    versions(aws, {f"{MANAGED}ReadOnlyAccess": WIDE})
    assert find_managed_policy(f"{MANAGED}ReadOnlyAccess") == WIDE
    assert aws.asked("GetPolicyVersion")[0]["VersionId"] == "v3"
    assert find_managed_policy(f"{MANAGED}Nonesuch") is None


def test_what_a_role_may_do_is_in_all_its_policies_and_its_boundary(aws: FakeAws) -> None:
    bound = "arn:aws:iam::123456789012:policy/bound"
    carrying(aws, {NAME: SCOPED}, ["ReadOnlyAccess"])
    versions(aws, {f"{MANAGED}ReadOnlyAccess": WIDE, bound: SCOPED})
    assert find_permissions(a_role(boundary=bound)) == Permissions({NAME: SCOPED}, {"ReadOnlyAccess": WIDE}, SCOPED)
    assert find_permissions(a_role()).boundary is None


def test_a_boundary_that_is_gone_allows_nothing(aws: FakeAws) -> None:
    carrying(aws, {}, [])
    versions(aws, {})
    assert find_permissions(a_role(boundary="arn:aws:iam::123456789012:policy/gone")).boundary == {}


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
