"""The role that Ververica assumes: found, made, shared, or left as it is."""

import json
from typing import Any

import pytest

from private_connection.access.access_role import EnsureAccessRole, ensure_access_role
from private_connection.access.policies import policy_document
from private_connection.access.sids import marked, widened
from private_connection.errors import AwsRejected, InvalidRequest, NotOurs, NotYetConsistent
from private_connection.naming import access_role
from private_connection.ownership import CREATED_BY, WORKSPACE, as_mapping
from private_connection.request.models import RoleRequest
from private_connection.settings import settings
from tests.unit.builders import ACCOUNT, Json, a_trust
from tests.unit.described import role
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

OWN, OUR_PATH = access_role("ws-1"), "/private-connection/"
OWN_ARN = f"arn:aws:iam::123456789012:role{OUR_PATH}{OWN}"
OWN_TAGS = {WORKSPACE: "ws-1", CREATED_BY: "run-1"}
TAG = "private-connection/for/eu-central-1/redis-demo"
ABSENT = Refusal("NoSuchEntity", 404)
BOUNDARY = "arn:aws:iam::123456789012:policy/bound"
MUTATING = {"CreateRole", "UpdateAssumeRolePolicy", "TagRole", "PutRolePolicy"}
DOCUMENTED: Json = policy_document("documented", OWN_ARN, "eu-central-1", "redis-demo")


def ensuring(**changes: object) -> EnsureAccessRole:
    fields: Json = {"workspace_id": "ws-1", "role": RoleRequest(), "access_policy": "documented", "acknowledge": ()}
    return EnsureAccessRole(connection="redis-demo", maker="run-1", **fields | changes)


def own_role(**changes: Any) -> Json:
    """The workspace's role as a run made it, with keys changed."""
    return role(**{"name": OWN, "path": OUR_PATH, "tags": OWN_TAGS, **changes})


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    lay(aws)


def lay(aws: FakeAws) -> None:
    """An account without roles, in which they can be made."""
    holding(aws)
    carrying(aws, {})
    aws.answers("CreateRole", lambda asked: {"Role": role(asked["RoleName"], path=asked["Path"])})
    for operation in MUTATING - {"CreateRole"}:
        aws.answers(operation, {})


def holding(aws: FakeAws, *roles: Json) -> None:
    """IAM lists roles without their tags."""
    untagged = [{key: value for key, value in each.items() if key != "Tags"} for each in roles]
    by_name = {each["RoleName"]: {"Role": each} for each in roles}
    aws.answers("ListRoles", {"Roles": untagged, "IsTruncated": False})
    aws.answers("GetRole", lambda asked: by_name.get(asked["RoleName"], ABSENT))


def carrying(aws: FakeAws, inline: dict[str, Json]) -> None:
    """The inline policies of every role."""

    def document(asked: Json) -> Json | Refusal:
        found = inline.get(asked["PolicyName"])
        return ABSENT if found is None else asked | {"PolicyDocument": json.dumps(found)}

    aws.answers("GetRolePolicy", document)
    aws.answers("ListRolePolicies", {"PolicyNames": list(inline), "IsTruncated": False})
    aws.answers("ListAttachedRolePolicies", {"AttachedPolicies": []})


def changes(aws: FakeAws) -> list[str]:
    return [operation for operation in aws.operations if operation in MUTATING]


# ------------------------------------------------------------------ which role


def test_a_role_is_made_for_the_workspace(aws: FakeAws) -> None:
    assert ensure_access_role(ensuring()).role_arn == OWN_ARN
    (asked,) = aws.asked("CreateRole")
    assert (asked["RoleName"], json.loads(asked["AssumeRolePolicyDocument"])) == (OWN, marked(a_trust(), "run-1"))
    assert as_mapping(asked["Tags"]) == {WORKSPACE: "ws-1", CREATED_BY: "run-1", TAG: "run-1"}
    assert "PermissionsBoundary" not in asked
    assert asked["Path"] == settings().access_role_path == "/private-connection/"
    assert asked["MaxSessionDuration"] == 12 * 3600
    assert changes(aws) == ["CreateRole", "PutRolePolicy"]


@pytest.mark.parametrize(
    ("of_request", "of_deployment", "expected"),
    [(None, "", None), (BOUNDARY, "", BOUNDARY), (None, BOUNDARY, BOUNDARY), (BOUNDARY, BOUNDARY, BOUNDARY)],
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


DEMANDING = a_trust(Condition={"StringEquals": {"sts:ExternalId": "ws-1", "aws:PrincipalOrgID": "o-ours"}})
OF_ANOTHER = marked(a_trust(external_id="ws-9"), "run-0")
DENYING = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


def test_a_named_role_under_a_condition_is_taken_with_its_trust_as_it_is_where_that_is_acknowledged(
    aws: FakeAws,
) -> None:
    named = RoleRequest(name="their-role")
    holding(aws, role(trust=DEMANDING))
    with pytest.raises(InvalidRequest, match=r"looking up role \(their-role\)"):
        ensure_access_role(ensuring(role=named, acknowledge=("INGRESS_CLOSED",)))
    ensure_access_role(ensuring(role=named, acknowledge=("ROLE_TRUST_CONDITION",)))
    assert changes(aws) == ["PutRolePolicy"]


def test_without_a_name_a_role_is_made_beside_one_whose_condition_is_acknowledged(aws: FakeAws) -> None:
    holding(aws, role(trust=DEMANDING))
    assert ensure_access_role(ensuring(acknowledge=("ROLE_TRUST_CONDITION",))).role_arn == OWN_ARN


def test_no_acknowledgement_has_a_role_taken_that_does_not_name_the_workspace(aws: FakeAws) -> None:
    holding(aws, role(trust=a_trust(external_id="ws-9")))
    with pytest.raises(InvalidRequest, match=r"looking up role \(their-role\)"):
        ensure_access_role(ensuring(role=RoleRequest(name="their-role"), acknowledge=("ROLE_TRUST_CONDITION",)))


@pytest.mark.parametrize(
    ("trust", "stays"),
    [
        ({}, []),
        (OF_ANOTHER, OF_ANOTHER["Statement"]),
        (DEMANDING, DEMANDING["Statement"]),
        ({"Statement": [*OF_ANOTHER["Statement"], DENYING]}, OF_ANOTHER["Statement"]),
    ],
    ids=["nobody", "another workspace", "one that demands more", "one that denies"],
)
def test_our_role_gets_its_trust_back_beside_whom_it_trusts_by_now(
    aws: FakeAws, trust: Json, stays: list[Json]
) -> None:
    """The trust comes after the policy, by which a rollback finds the role."""
    holding(aws, own_role(trust=trust, tags=OWN_TAGS | {TAG: "run-1"}))
    ensure_access_role(ensuring())
    assert changes(aws) == ["PutRolePolicy", "UpdateAssumeRolePolicy"]
    written = json.loads(aws.asked("UpdateAssumeRolePolicy")[0]["PolicyDocument"])
    assert written["Statement"] == [*stays, *marked(a_trust(principal=ACCOUNT), "run-1")["Statement"]]


def test_our_role_that_may_not_be_written_to_does_not_get_its_trust_back(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERMISSIONS_BOUNDARY", BOUNDARY)
    settings.cache_clear()
    holding(aws, own_role(trust={}))
    with pytest.raises(InvalidRequest, match="does not trust the workspace, and may not be written to"):
        ensure_access_role(ensuring())
    assert changes(aws) == []


def test_somebodys_role_of_our_name_is_refused(aws: FakeAws) -> None:
    holding(aws, role(OWN, trust={}))
    with pytest.raises(NotOurs, match="it exists, was not made for this workspace, and does not trust it"):
        ensure_access_role(ensuring())
    assert changes(aws) == []


@pytest.mark.parametrize(
    ("tags", "tagged"),
    [(OWN_TAGS, True), (OWN_TAGS | {TAG: "run-0"}, False)],
    ids=["ours", "marked"],
)
def test_a_connection_leaves_its_mark_on_a_role_of_ours(aws: FakeAws, tags: dict[str, str], tagged: bool) -> None:
    holding(aws, own_role(tags=tags))
    ensure_access_role(ensuring())
    assert [as_mapping(asked["Tags"]) for asked in aws.asked("TagRole")] == ([{TAG: "run-1"}] if tagged else [])


@pytest.mark.parametrize("code", ["NoSuchEntity", "ConcurrentModification"])
def test_a_role_that_does_not_show_everywhere_is_marked_later(aws: FakeAws, code: str) -> None:
    holding(aws, own_role())
    aws.answers("TagRole", Refusal(code))
    with pytest.raises(NotYetConsistent, match="tagging role"):
        ensure_access_role(ensuring())


def test_the_role_carries_the_connections_policy(aws: FakeAws) -> None:
    ensure_access_role(ensuring())
    (asked,) = aws.asked("PutRolePolicy")
    assert (asked["RoleName"], asked["PolicyName"]) == (OWN, "private-connection-eu-central-1-redis-demo")
    assert json.loads(asked["PolicyDocument"]) == marked(DOCUMENTED, "run-1")


def test_what_the_policy_says_already_stays_until_the_run_is_ready(aws: FakeAws) -> None:
    former = marked(policy_document("scoped", OWN_ARN, "eu-central-1", "redis-demo"), "run-0")
    holding(aws, own_role(tags=OWN_TAGS | {TAG: "run-0"}))
    carrying(aws, {"private-connection-eu-central-1-redis-demo": former})
    ensure_access_role(ensuring())
    assert json.loads(aws.asked("PutRolePolicy")[0]["PolicyDocument"]) == widened(former, DOCUMENTED, "run-1")


def test_a_policy_that_another_run_wrote_alike_is_not_written_again(aws: FakeAws) -> None:
    holding(aws, own_role(tags=OWN_TAGS | {TAG: "run-0"}))
    carrying(aws, {"private-connection-eu-central-1-redis-demo": marked(DOCUMENTED, "run-0")})
    ensure_access_role(ensuring())
    assert changes(aws) == []


def test_a_scoped_policy_is_a_finding(aws: FakeAws) -> None:
    assert [each.code for each in ensure_access_role(ensuring(access_policy="scoped")).findings] == ["SCOPED_POLICY"]
    assert ensure_access_role(ensuring()).findings == ()


def test_a_role_that_somebody_makes_at_the_same_time_is_looked_up_again(aws: FakeAws) -> None:
    aws.answers("CreateRole", Refusal("EntityAlreadyExists", 409))
    with pytest.raises(NotYetConsistent):
        ensure_access_role(ensuring())


@pytest.mark.parametrize("code", ["NoSuchEntity", "ConcurrentModification"])
def test_a_trust_that_cannot_be_restored_now_is_restored_later(aws: FakeAws, code: str) -> None:
    holding(aws, own_role(trust={}))
    aws.answers("UpdateAssumeRolePolicy", Refusal(code))
    with pytest.raises(NotYetConsistent, match="changing the trust of role"):
        ensure_access_role(ensuring())


@pytest.mark.parametrize(("roles", "error"), [([], NotYetConsistent), ([own_role()], AwsRejected)], ids=["new", "old"])
def test_a_denial_on_a_role_that_was_made_just_now_is_no_verdict(
    aws: FakeAws, roles: list[Json], error: type[Exception]
) -> None:
    """What IAM does not see yet has no path for it, and the grant asks for the path."""
    holding(aws, *roles)
    aws.answers("PutRolePolicy", DENIED)
    with pytest.raises(error, match="putting role policy"):
        ensure_access_role(ensuring())


# ------------------------------------------------------------------ a role that may not be written to

LESS: Json = {"Statement": [{"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"}]}
FOREIGN_ROLES = [
    role("vendors"),
    role(OWN, tags=OWN_TAGS, path="/before/"),
    role("their-role", boundary="arn:aws:iam::123456789012:policy/other"),
]


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch, aws: FakeAws) -> None:
    """A deployment whose roles need a boundary that none of the foreign roles has."""
    monkeypatch.setenv("PERMISSIONS_BOUNDARY", BOUNDARY)
    settings.cache_clear()
    aws.answers("GetPolicy", {"Policy": {"DefaultVersionId": "v1"}})
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    aws.answers("GetPolicyVersion", {"PolicyVersion": {"Document": json.dumps(everything)}})


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("found", FOREIGN_ROLES, ids=["not listed", "of another path", "of another boundary"])
def test_it_serves_as_it_is_where_it_allows_what_is_needed(aws: FakeAws, found: Json) -> None:
    holding(aws, found)
    carrying(aws, {"theirs": DOCUMENTED})
    assert ensure_access_role(ensuring()).role_arn == found["Arn"]
    assert changes(aws) == []


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("found", FOREIGN_ROLES, ids=["not listed", "of another path", "of another boundary"])
def test_it_is_refused_where_it_allows_less(aws: FakeAws, found: Json) -> None:
    holding(aws, found)
    carrying(aws, {"theirs": LESS})
    with pytest.raises(InvalidRequest, match=r"may not be written to, and lacks ec2:AcceptVpcEndpointConnections \(no"):
        ensure_access_role(ensuring())
    assert changes(aws) == []


OTHERS_TAG = "private-connection/for/eu-central-1/other"


@pytest.mark.parametrize(
    ("tags", "added"),
    [
        (OWN_TAGS | {TAG: "run-1"}, [{"team": "data"}]),
        (OWN_TAGS | {TAG: "run-1", "team": "data"}, []),
        (OWN_TAGS | {TAG: "run-1", OTHERS_TAG: "run-7"}, []),
        (OWN_TAGS | {OTHERS_TAG: "run-7"}, [{TAG: "run-1"}]),
    ],
    ids=["its alone", "tagged already", "shared", "another's"],
)
def test_the_users_tags_are_put_on_a_role_that_no_other_connection_uses(
    aws: FakeAws, tags: dict[str, str], added: list[dict[str, str]]
) -> None:
    holding(aws, own_role(tags=tags))
    ensure_access_role(ensuring(tags={"team": "data"}))
    assert [as_mapping(asked["Tags"]) for asked in aws.asked("TagRole")] == added
