"""Roles: found by name or by trust, whose they are, whether a run may write to them, deleted unless they are gone."""

from collections.abc import Mapping

import pytest

from private_connection.access.roles import (
    DeleteRole,
    Role,
    connection_tag,
    delete_role,
    find_role,
    find_trusting_roles,
    is_extendable,
    is_own_role,
    is_usable,
    is_workspace_role,
    list_roles,
    may_write,
)
from private_connection.contracts import Done
from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.naming import access_role
from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.settings import settings
from tests.unit.builders import Json, a_role, a_trust
from tests.unit.described import role
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

OWN, OUR_PATH = access_role("ws-1"), "/private-connection/"
OWN_TAGS = {WORKSPACE: "ws-1", CREATED_BY: "run-1"}
TAG = "private-connection/for/eu-central-1/redis-demo"
ABSENT = Refusal("NoSuchEntity", 404)
BOUNDARY = "arn:aws:iam::123456789012:policy/bound"
DELETE = DeleteRole(role_name=OWN)
IN_OUR_ORGANISATION = {"StringEquals": {"sts:ExternalId": "ws-1", "aws:PrincipalOrgID": "o-ours"}}


def test_a_role_is_found_with_its_trust_its_tags_and_its_boundary(aws: FakeAws) -> None:
    by_name = {"their-role": {"Role": role(tags=OWN_TAGS, path="/x/", boundary=BOUNDARY)}}
    aws.answers("GetRole", lambda asked: by_name.get(asked["RoleName"], ABSENT))
    assert find_role("their-role") == a_role(tags=OWN_TAGS, path="/x/", boundary=BOUNDARY)
    assert find_role("none") is None


def test_roles_that_are_for_the_workspace_are_found_whatever_else_their_trust_demands(aws: FakeAws) -> None:
    ours = a_trust(Condition=IN_OUR_ORGANISATION)
    found = [role("a"), role("b", a_trust(external_id="ws-2")), role("c", trust={}), role("d", ours)]
    aws.answers("ListRoles", {"Roles": found, "IsTruncated": False})
    assert [each.name for each in list_roles()] == ["a", "b", "c", "d"]
    trusting = find_trusting_roles("ws-1")
    assert [(each.name, is_usable(each, "ws-1")) for each in trusting] == [("a", True), ("d", False)]


def test_a_connection_marks_a_role_in_its_region() -> None:
    assert connection_tag("redis-demo") == TAG


@pytest.mark.parametrize(
    ("name", "path", "tags", "own", "of_workspace"),
    [
        (OWN, OUR_PATH, OWN_TAGS, True, True),
        (OWN, OUR_PATH, OWN_TAGS | {WORKSPACE: "ws-2"}, True, False),
        (OWN, OUR_PATH, {WORKSPACE: "ws-1"}, False, False),
        (OWN, OUR_PATH, {CREATED_BY: "run-1"}, False, False),
        (OWN, OUR_PATH, {}, False, False),
        (OWN, OUR_PATH, {TAG: "run-1"}, False, False),
        (OWN, "/", OWN_TAGS, False, False),
        (OWN, "/private-connection/deeper/", OWN_TAGS, False, False),
        ("their-role", OUR_PATH, OWN_TAGS, False, False),
    ],
    ids=str,
)
def test_a_role_is_ours_by_path_name_and_tag(
    name: str, path: str, tags: Mapping[str, str], own: bool, of_workspace: bool
) -> None:
    found = a_role(name, path=path, tags=tags, trust={})
    assert (is_own_role(found), is_workspace_role(found, "ws-1")) == (own, of_workspace)


OURS: Role = a_role(OWN, path=OUR_PATH, tags=OWN_TAGS)
PATTERN = "arn:aws:iam::123456789012:role/team/*"


@pytest.mark.parametrize(
    ("found", "listed", "boundary", "writable"),
    [
        (OURS, "", "", True),
        (a_role(), "", "", False),
        (a_role(), a_role().arn, "", True),
        (a_role(), f"{PATTERN},{a_role().arn}", "", True),
        (a_role(path="/team/"), PATTERN, "", True),
        (a_role(), PATTERN, "", False),
        (a_role(OWN, path="/before/", tags=OWN_TAGS), "", "", False),
        (OURS, "", BOUNDARY, False),
        (a_role(OWN, path=OUR_PATH, tags=OWN_TAGS, boundary=BOUNDARY), "", BOUNDARY, True),
        (a_role(), a_role().arn, BOUNDARY, False),
        (a_role(boundary=BOUNDARY), a_role().arn, BOUNDARY, True),
        (a_role(boundary=BOUNDARY), a_role().arn, "", True),
    ],
    ids=str,
)
def test_a_run_writes_to_roles_of_ours_and_to_listed_ones_within_the_boundary(
    monkeypatch: pytest.MonkeyPatch, found: Role, listed: str, boundary: str, writable: bool
) -> None:
    monkeypatch.setenv("EXTENDABLE_ROLE_ARNS", listed)
    monkeypatch.setenv("PERMISSIONS_BOUNDARY", boundary)
    settings.cache_clear()
    assert may_write(found) is writable
    assert is_extendable(found) is (found.arn in listed or found.path == "/team/")


@pytest.mark.parametrize("answer", [{}, ABSENT], ids=["there", "absent"])
def test_a_role_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteRole", answer)
    assert delete_role(DELETE) == Done()


@pytest.mark.parametrize("code", ["ConcurrentModification", "DeleteConflict"])
def test_a_role_that_cannot_be_deleted_now_is_deleted_later(aws: FakeAws, code: str) -> None:
    aws.answers("DeleteRole", Refusal(code, 409))
    with pytest.raises(NotYetConsistent):
        delete_role(DELETE)


def test_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteRole", DENIED)
    with pytest.raises(AwsRejected, match="deleting role"):
        delete_role(DELETE)


def test_roles_at_a_path_are_listed_by_it(aws: FakeAws) -> None:
    aws.answers("ListRoles", {"Roles": [role("a", path=OUR_PATH)], "IsTruncated": False})
    assert [each.name for each in list_roles(OUR_PATH)] == ["a"]
    list_roles()
    assert [asked["PathPrefix"] for asked in aws.asked("ListRoles")] == [OUR_PATH, "/"]
