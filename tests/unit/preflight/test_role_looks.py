"""What is asked of IAM for a request, and what comes of a look that it refuses."""

import pytest

from private_connection.access.permissions import Permissions
from private_connection.errors import AwsRejected
from private_connection.preflight.facts import RefusedLook, RoleFacts
from private_connection.preflight.role_looks import role_facts
from private_connection.request.parsing import parse_request
from private_connection.settings import settings
from tests.unit.builders import Json, a_trust, an_input, creating
from tests.unit.described import role
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

BOUNDED = an_input(role={"permissionsBoundary": "arn:aws:iam::123456789012:policy/bound"})


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """An account without roles."""
    aws.answers("ListRoles", {"Roles": [], "IsTruncated": False})
    aws.answers("GetRole", Refusal("NoSuchEntity", 404))
    aws.answers("ListRolePolicies", {"PolicyNames": ["theirs"], "IsTruncated": False})
    aws.answers("GetRolePolicy", lambda asked: asked | {"PolicyDocument": "{}"})
    aws.answers("ListAttachedRolePolicies", {"AttachedPolicies": []})
    aws.answers("GetPolicy", {"Policy": {"DefaultVersionId": "v1"}})
    aws.answers("GetPolicyVersion", {"PolicyVersion": {"Document": "{}"}})


def looked(document: Json) -> RoleFacts:
    return role_facts(parse_request(document))


def test_a_named_role_is_read_and_no_other(aws: FakeAws) -> None:
    aws.answers("GetRole", {"Role": role()})
    found = looked(an_input(role={"name": "their-role"}))
    assert found.named is not None
    assert "ListRoles" not in aws.operations


def test_the_role_of_our_name_is_looked_for_where_none_trusts(aws: FakeAws) -> None:
    aws.answers("GetRole", {"Role": role("private-connection-ws-1", trust={})})
    found = looked(creating())
    assert found.own is not None
    assert found.used is None
    ours = {"private-connection/workspace": "ws-1", "private-connection/created-by": "run-1"}
    aws.answers("GetRole", {"Role": role("private-connection-ws-1", {}, ours, "/private-connection/")})
    found = looked(creating())
    assert found.used is not None
    assert found.used == found.own
    aws.answers("ListRoles", {"Roles": [role()], "IsTruncated": False})
    found = looked(creating())
    assert ([each.name for each in found.trusting], found.own) == (["their-role"], None)


def test_it_is_looked_for_too_where_ververica_may_not_assume_the_one_that_trusts(aws: FakeAws) -> None:
    demanding = a_trust(Condition={"StringEquals": {"sts:ExternalId": "ws-1", "aws:PrincipalOrgID": "o-ours"}})
    aws.answers("ListRoles", {"Roles": [role(trust=demanding)], "IsTruncated": False})
    found = looked(creating())
    assert ([each.name for each in found.trusting], found.used) == (["their-role"], None)
    assert len(aws.asked("GetRole")) == 1


@pytest.mark.parametrize("of_deployment", [True, False], ids=["the deployment's", "the request's"])
def test_a_role_that_would_be_created_is_bounded(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, of_deployment: bool
) -> None:
    arn = "arn:aws:iam::123456789012:policy/bound"
    monkeypatch.setenv("PERMISSIONS_BOUNDARY", arn if of_deployment else "")
    settings.cache_clear()
    found = looked(creating() if of_deployment else BOUNDED)
    assert found.used is not None
    assert found.used.arn.startswith("arn:aws:iam::123456789012:role/private-connection/private-connection-ws-1-")
    assert (found.is_writable, found.permissions) == (True, Permissions({}, boundary={}))
    aws.answers("GetPolicy", Refusal("NoSuchEntity", 404))
    found = looked(creating() if of_deployment else BOUNDED)
    assert (found.used, found.boundary_exists) == (None, False)


@pytest.mark.parametrize(
    ("arn", "asked"),
    [
        ("arn:aws:iam::999999999999:policy/bound", 0),
        ("arn:aws-cn:iam::123456789012:policy/bound", 0),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", 1),
    ],
)
def test_a_policy_of_another_account_bounds_no_role_and_is_not_asked_for(aws: FakeAws, arn: str, asked: int) -> None:
    found = looked(an_input(role={"permissionsBoundary": arn}))
    assert (found.boundary_is_foreign, len(aws.asked("GetPolicy"))) == (not asked, asked)


def test_of_several_roles_none_is_read_further(aws: FakeAws) -> None:
    aws.answers("ListRoles", {"Roles": [role("one"), role("two")], "IsTruncated": False})
    found = looked(creating())
    assert (len(found.trusting), found.used, found.permissions) == (2, None, None)
    assert "GetRole" not in aws.operations


@pytest.mark.parametrize(("name", "writable"), [("their-role", True), ("vendors", False)])
def test_what_the_role_allows_is_read_and_whether_a_run_may_write_to_it(
    aws: FakeAws, name: str, writable: bool
) -> None:
    aws.answers("ListRoles", {"Roles": [role(name)], "IsTruncated": False})
    aws.answers("GetRole", {"Role": role(name, tags={"Team": "blue"})})
    found = looked(creating())
    assert found.used is not None
    assert found.used.tags == {"Team": "blue"}
    assert (found.is_writable, found.permissions) == (writable, Permissions({"theirs": {}}))


def test_what_a_role_allows_need_not_be_known_where_our_policy_is_put_on_it(aws: FakeAws) -> None:
    aws.answers("ListRolePolicies", DENIED)
    aws.answers("GetRole", {"Role": role()})
    refused = looked(an_input(role={"name": "their-role"})).permissions
    assert isinstance(refused, RefusedLook)
    assert refused.field == "role.name"
    aws.answers("GetRole", {"Role": role("vendors")})
    with pytest.raises(AwsRejected, match=r"looking up the policies of role \(vendors\)"):
        looked(an_input(role={"name": "vendors"}))
