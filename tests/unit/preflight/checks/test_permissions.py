"""What a role that exists allows: each finding, and what is near it."""

from typing import Final

import pytest

from private_connection.access.permissions import Permissions
from private_connection.access.policies import INLINE_LIMIT, policy_document, policy_size
from private_connection.access.roles import TAGS_LIMIT, Role
from private_connection.access.sids import marked
from private_connection.ownership import WORKSPACE
from private_connection.preflight.checks.permissions import check_permissions
from private_connection.preflight.facts import RefusedLook, RoleFacts
from private_connection.request.findings import Finding
from tests.unit.builders import Json, a_request, a_role, facts

ROLE: Final[Role] = a_role()
UNTAGGED: Final[Json] = {"Null": {"aws:RequestTag/CostCentre": "true"}}
DOCUMENTED: Final[Json] = policy_document("documented", ROLE.arn, "us-east-1", "redis-demo")
SCOPED: Final[Json] = policy_document("scoped", ROLE.arn, "us-east-1", "redis-demo")
LESS: Final[Json] = {"Statement": [{"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"}]}
DENYING: Final[Json] = {"Statement": [{"Effect": "Deny", "Action": "ec2:Accept*", "Resource": "*"}]}
NARROWING: Final[Json] = {
    "Statement": [{"Effect": "Deny", "Action": "elasticache:Create*", "Resource": "*", "Condition": UNTAGGED}]
}
WIDE: Final[Json] = {"Statement": [{"Effect": "Allow", "Action": ["ec2:*", "elasticache:Describe*"], "Resource": "*"}]}
OURS: Final = "private-connection-us-east-1-redis-demo"
ANOTHERS: Final = "private-connection-us-east-1-another"
MARK: Final = "private-connection/for/us-east-1/redis-demo"
ROOM: Final = INLINE_LIMIT - policy_size(marked(DOCUMENTED, "run-1"))


def sized(size: int) -> Json:
    """A policy of so many characters."""
    return {"Statement": "x" * (size - policy_size({"Statement": ""}))}


def tagged(count: int, **more: str) -> Role:
    return a_role(tags={WORKSPACE: "ws-1", **{f"tag-{number}": "x" for number in range(count - 1)}, **more})


def found(permissions: Permissions | RefusedLook | None, *, role: Role = ROLE, writable: bool = True) -> list[Finding]:
    known = RoleFacts(used=role, is_writable=writable, permissions=permissions)
    return list(check_permissions(a_request(), facts(role=known)))


RAISED: Final[list[tuple[str, str, bool, Permissions]]] = [
    ("ROLE_LEFT_AS_IT_IS", "which allows all that is needed", False, Permissions({"theirs": DOCUMENTED})),
    ("ROLE_LEFT_AS_IT_IS", "which allows all that is needed", False, Permissions({}, {"managed": DOCUMENTED})),
    ("ROLE_LACKS_PERMISSIONS", "ec2:AcceptVpcEndpointConnections (no", False, Permissions({"theirs": LESS})),
    ("ROLE_LACKS_PERMISSIONS", "elasticache:* (no policy of it does)", False, Permissions({"theirs": SCOPED})),
    ("ROLE_LACKS_PERMISSIONS", "permissions boundary", False, Permissions({"theirs": DOCUMENTED}, boundary=LESS)),
    ("ROLE_IS_DENIED", "(theirs denies it)", True, Permissions({"theirs": DENYING})),
    ("ROLE_IS_DENIED", "(managed denies it)", True, Permissions({}, {"managed": DENYING})),
    ("ROLE_IS_DENIED", "(its permissions boundary does not)", True, Permissions({}, boundary=LESS)),
    ("ROLE_IS_NARROWED", "(theirs denies it", True, Permissions({"theirs": NARROWING})),
    ("ROLE_IS_NARROWED", "(its permissions boundary does not)", True, Permissions({}, boundary=WIDE)),
    ("ROLE_LACKS_PERMISSIONS", "elasticache:* (no", False, Permissions({ANOTHERS: DOCUMENTED})),
    ("ROLE_LEFT_AS_IT_IS", "which allows all that is needed", False, Permissions({OURS: DOCUMENTED})),
    ("ROLE_FULL", "would have 10,241 characters with ours", True, Permissions({"theirs": sized(ROOM + 1)})),
    ("ROLE_FULL", "the former one stays beside it", True, Permissions({"theirs": sized(ROOM), OURS: SCOPED})),
]
NOT_RAISED: Final[list[tuple[str, Permissions | RefusedLook | None]]] = [
    ("a role without policies", Permissions({})),
    ("a role with policies about other things", Permissions({"theirs": LESS}, {"managed": LESS})),
    ("a role that has just the room", Permissions({"theirs": sized(ROOM)})),
    ("a role with our policy already", Permissions({"theirs": sized(ROOM), OURS: marked(DOCUMENTED, "run-0")})),
    ("our policy with a Deny, which it loses", Permissions({OURS: DENYING})),
    ("a role with a large managed policy", Permissions({}, {"managed": sized(INLINE_LIMIT)})),
    ("policies that could not be read", RefusedLook("role.name", "denied")),
    ("no role yet", None),
]


@pytest.mark.parametrize(("code", "told", "writable", "permissions"), RAISED, ids=[row[0] for row in RAISED])
def test_a_finding_on_what_a_role_allows(code: str, told: str, writable: bool, permissions: Permissions) -> None:
    (raised,) = found(permissions, writable=writable)
    assert (raised.code, raised.field) == (code, "role.name")
    assert told in raised.found


@pytest.mark.parametrize(("what", "permissions"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_no_finding_on_what_a_role_allows(what: str, permissions: Permissions | RefusedLook | None) -> None:
    assert found(permissions) == []


@pytest.mark.parametrize(
    ("role", "full"),
    [
        (tagged(TAGS_LIMIT), True),
        (tagged(TAGS_LIMIT - 1), False),
        (tagged(TAGS_LIMIT - 1, **{MARK: "run-1"}), False),
        (a_role(tags={f"tag-{number}": "x" for number in range(TAGS_LIMIT)}), False),
    ],
    ids=["of ours", "with room", "marked already", "of somebody else"],
)
def test_a_role_of_ours_has_room_for_another_tag(role: Role, full: bool) -> None:
    assert [each.code for each in found(Permissions({}), role=role)] == ["ROLE_FULL"] * full


def test_the_remedy_names_the_parameter_and_the_role() -> None:
    (raised,) = found(Permissions({}), writable=False)
    assert f"deploy with {ROLE.arn} in the parameter ExtendableRoleArns" in raised.remedy


def test_less_is_needed_with_the_scoped_policy() -> None:
    known = RoleFacts(used=ROLE, permissions=Permissions({"theirs": SCOPED}))
    (raised,) = check_permissions(a_request(accessPolicy="scoped"), facts(role=known))
    assert raised.code == "ROLE_LEFT_AS_IT_IS"
