"""The role that Ververica assumes: found by name or by trust, made, shared, deleted unless it is gone."""

import json
from collections.abc import Mapping

import pytest

from private_connection.access.policies import policy_document
from private_connection.access.roles import (
    DeleteRole,
    EnsureAccessRole,
    connection_tag,
    delete_role,
    ensure_access_role,
    find_role,
    find_trusting_roles,
    is_own_role,
    is_workspace_role,
    list_roles,
)
from private_connection.contracts import Done
from private_connection.errors import AwsRejected, InvalidRequest, NotOurs, NotYetConsistent
from private_connection.naming import access_role
from private_connection.ownership import CREATED_BY, WORKSPACE, as_mapping
from private_connection.request.models import RoleRequest
from private_connection.settings import settings
from tests.unit.builders import ACCOUNT, Json, a_role, a_trust
from tests.unit.described import role
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

OWN = access_role("ws-1")
OWN_TAGS = {WORKSPACE: "ws-1"}
TAG = "private-connection/for/eu-central-1/redis-demo"
ABSENT = Refusal("NoSuchEntity", 404)
BOUNDARY = "arn:aws:iam::123456789012:policy/bound"
DELETE = DeleteRole(role_name=OWN)
MUTATING = {"CreateRole", "UpdateAssumeRolePolicy", "TagRole", "PutRolePolicy"}


def ensuring(**changes: object) -> EnsureAccessRole:
    fields: Json = {"workspace_id": "ws-1", "role": RoleRequest(), "access_policy": "documented"}
    return EnsureAccessRole(connection="redis-demo", execution="run-1", **fields | changes)


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """An account without roles, in which they can be made."""
    holding(aws)
    aws.answers("CreateRole", lambda asked: {"Role": role(asked["RoleName"])})
    aws.answers("GetRolePolicy", ABSENT)
    for operation in MUTATING - {"CreateRole"}:
        aws.answers(operation, {})


def holding(aws: FakeAws, *roles: Json) -> None:
    """IAM lists roles without their tags."""
    untagged = [{key: value for key, value in each.items() if key != "Tags"} for each in roles]
    by_name = {each["RoleName"]: {"Role": each} for each in roles}
    aws.answers("ListRoles", {"Roles": untagged, "IsTruncated": False})
    aws.answers("GetRole", lambda asked: by_name.get(asked["RoleName"], ABSENT))


def changes(aws: FakeAws) -> list[str]:
    return [operation for operation in aws.operations if operation in MUTATING]


# ------------------------------------------------------------------ what is looked up


def test_a_role_is_found_with_its_trust_and_tags(aws: FakeAws) -> None:
    holding(aws, role(tags=OWN_TAGS))
    assert find_role("their-role") == a_role(tags=OWN_TAGS)
    assert find_role("none") is None


def test_roles_that_trust_the_workspace_are_found(aws: FakeAws) -> None:
    holding(aws, role("a"), role("b", a_trust(external_id="ws-2")), role("c", trust={}))
    assert [each.name for each in list_roles()] == ["a", "b", "c"]
    assert [each.name for each in find_trusting_roles("ws-1")] == ["a"]


def test_a_connection_marks_a_role_in_its_region() -> None:
    assert connection_tag("redis-demo") == TAG


@pytest.mark.parametrize(
    ("tags", "own", "of_workspace"),
    [({}, False, False), (OWN_TAGS, True, True), ({WORKSPACE: "ws-2"}, True, False), ({TAG: "run-1"}, False, False)],
    ids=str,
)
def test_a_role_is_ours_by_its_workspace_tag(tags: Mapping[str, str], own: bool, of_workspace: bool) -> None:
    found = a_role(tags=tags)
    assert (is_own_role(found), is_workspace_role(found, "ws-1")) == (own, of_workspace)


# ------------------------------------------------------------------ which role


def test_a_role_is_made_for_the_workspace(aws: FakeAws) -> None:
    assert ensure_access_role(ensuring()).role_arn == f"arn:aws:iam::123456789012:role/{OWN}"
    (asked,) = aws.asked("CreateRole")
    assert (asked["RoleName"], json.loads(asked["AssumeRolePolicyDocument"])) == (OWN, a_trust())
    assert as_mapping(asked["Tags"]) == {WORKSPACE: "ws-1", CREATED_BY: "run-1", TAG: "run-1"}
    assert "PermissionsBoundary" not in asked
    assert asked["Path"] == settings().access_role_path == "/private-connection/"
    assert asked["MaxSessionDuration"] == 12 * 3600
    assert changes(aws) == ["CreateRole", "PutRolePolicy"]


@pytest.mark.parametrize(
    ("of_request", "of_deployment", "expected"),
    [(None, "", None), (BOUNDARY, "", BOUNDARY), (None, BOUNDARY, BOUNDARY), (BOUNDARY, "arn:other", BOUNDARY)],
)
def test_the_boundary_is_the_requests_else_the_deployments(
    aws: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    of_request: str | None,
    of_deployment: str,
    expected: str | None,
) -> None:
    monkeypatch.setenv("PERMISSIONS_BOUNDARY", of_deployment)
    settings.cache_clear()
    ensure_access_role(ensuring(role=RoleRequest(permissions_boundary=of_request)))
    assert aws.asked("CreateRole")[0].get("PermissionsBoundary") == expected


def test_the_role_that_trusts_the_workspace_is_taken(aws: FakeAws) -> None:
    holding(aws, role())
    assert ensure_access_role(ensuring()).role_arn == "arn:aws:iam::123456789012:role/their-role"
    assert changes(aws) == ["PutRolePolicy"]


def test_of_several_that_do_none_is_taken(aws: FakeAws) -> None:
    holding(aws, role("one"), role("two"))
    with pytest.raises(InvalidRequest, match=r"several trust it \(one, two\); name one in role.name"):
        ensure_access_role(ensuring())


def test_a_named_role_is_taken_and_no_other_looked_for(aws: FakeAws) -> None:
    holding(aws, role())
    ensure_access_role(ensuring(role=RoleRequest(name="their-role")))
    assert "ListRoles" not in aws.operations
    assert changes(aws) == ["PutRolePolicy"]


@pytest.mark.parametrize("roles", [[], [role(trust=a_trust(principal="111122223333"))]], ids=["gone", "other trust"])
def test_a_named_role_has_to_trust_the_workspace_still(aws: FakeAws, roles: list[Json]) -> None:
    holding(aws, *roles)
    with pytest.raises(InvalidRequest, match=r"looking up role \(their-role\): it is gone, or no longer trusts"):
        ensure_access_role(ensuring(role=RoleRequest(name="their-role")))


def test_our_role_gets_its_trust_back(aws: FakeAws) -> None:
    holding(aws, role(OWN, trust={}, tags=OWN_TAGS | {TAG: "run-1"}))
    ensure_access_role(ensuring())
    assert changes(aws) == ["UpdateAssumeRolePolicy", "PutRolePolicy"]
    assert json.loads(aws.asked("UpdateAssumeRolePolicy")[0]["PolicyDocument"]) == a_trust(principal=ACCOUNT)


def test_somebodys_role_of_our_name_is_refused(aws: FakeAws) -> None:
    holding(aws, role(OWN, trust={}))
    with pytest.raises(NotOurs, match="it exists, was not made for this workspace, and does not trust it"):
        ensure_access_role(ensuring())
    assert changes(aws) == []


@pytest.mark.parametrize(
    ("tags", "tagged"),
    [(OWN_TAGS, True), (OWN_TAGS | {TAG: "run-0"}, False), ({}, False)],
    ids=["ours", "marked", "theirs"],
)
def test_a_connection_leaves_its_mark_on_a_role_of_ours(aws: FakeAws, tags: dict[str, str], tagged: bool) -> None:
    holding(aws, role(OWN, tags=tags))
    ensure_access_role(ensuring())
    assert [as_mapping(asked["Tags"]) for asked in aws.asked("TagRole")] == ([{TAG: "run-1"}] if tagged else [])


@pytest.mark.parametrize("code", ["NoSuchEntity", "ConcurrentModification"])
def test_a_role_that_does_not_show_everywhere_is_marked_later(aws: FakeAws, code: str) -> None:
    holding(aws, role(OWN, tags=OWN_TAGS))
    aws.answers("TagRole", Refusal(code))
    with pytest.raises(NotYetConsistent, match="tagging role"):
        ensure_access_role(ensuring())


def test_the_role_carries_the_connections_policy(aws: FakeAws) -> None:
    ensure_access_role(ensuring())
    (asked,) = aws.asked("PutRolePolicy")
    arn = f"arn:aws:iam::123456789012:role/{OWN}"
    assert (asked["RoleName"], asked["PolicyName"]) == (OWN, "private-connection-eu-central-1-redis-demo")
    assert json.loads(asked["PolicyDocument"]) == policy_document("documented", arn, "eu-central-1", "redis-demo")


def test_a_scoped_policy_is_a_finding(aws: FakeAws) -> None:
    aws.answers("ListRolePolicies", {"PolicyNames": [], "IsTruncated": False})
    aws.answers("ListAttachedRolePolicies", {"AttachedPolicies": []})
    assert [each.code for each in ensure_access_role(ensuring(access_policy="scoped")).findings] == ["SCOPED_POLICY"]
    assert ensure_access_role(ensuring()).findings == ()


def test_a_role_that_somebody_makes_at_the_same_time_is_looked_up_again(aws: FakeAws) -> None:
    aws.answers("CreateRole", Refusal("EntityAlreadyExists", 409))
    with pytest.raises(NotYetConsistent):
        ensure_access_role(ensuring())


# ------------------------------------------------------------------ deleted unless it is gone


@pytest.mark.parametrize("answer", [{}, ABSENT], ids=["there", "absent"])
def test_a_role_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteRole", answer)
    assert delete_role(DELETE) == Done()


def test_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteRole", Refusal("ConcurrentModification", 409), DENIED)
    with pytest.raises(NotYetConsistent):
        delete_role(DELETE)
    with pytest.raises(AwsRejected, match="deleting role"):
        delete_role(DELETE)
