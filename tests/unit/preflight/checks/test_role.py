"""Whether there is one role that Ververica may assume for the workspace: each finding, and what is near it."""

from dataclasses import replace
from typing import Final

import pytest

from private_connection.naming import access_role
from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.preflight.checks.role import check_role
from private_connection.preflight.facts import RefusedLook, RoleFacts
from private_connection.request.parsing import parse_request
from tests.unit.builders import ACCOUNT, Json, a_role, a_trust, an_input, facts

BOUNDARY = "arn:aws:iam::123456789012:policy/bound"
BOUNDED: Final[Json] = {"permissionsBoundary": BOUNDARY}
NAMED: Final[Json] = {"name": "their-role"}
OWN = access_role("ws-1")
OUR_PATH = "/private-connection/"
MARKS: Final = {WORKSPACE: "ws-1", CREATED_BY: "run-1"}
OURS: Final = a_role(OWN, path=OUR_PATH, trust={}, tags=MARKS)
BARRED: Final = a_trust(Condition={"StringEquals": {"sts:ExternalId": "ws-1", "aws:PrincipalOrgID": "o-ours"}})
UNSURE: Final = a_trust(Condition={"StringEquals": {"sts:ExternalId": "ws-1", "aws:RequestedRegion": "us-east-1"}})
LIKE: Final = a_trust(Condition={"StringLike": {"sts:ExternalId": "ws-*"}})
NAME, BOUNDARY_FIELD = "role.name", "role.permissionsBoundary"
RAISED: Final[list[tuple[str, str, Json, RoleFacts]]] = [
    ("BOUNDARY_ABSENT", BOUNDARY_FIELD, BOUNDED, RoleFacts(boundary_exists=False)),
    ("BOUNDARY_ABSENT", BOUNDARY_FIELD, BOUNDED, RoleFacts(boundary_is_foreign=True)),
    ("ROLE_ABSENT", NAME, NAMED, RoleFacts()),
    ("ROLE_DOES_NOT_TRUST", NAME, NAMED, RoleFacts(named=a_role(trust=a_trust(external_id="ws-2")))),
    ("ROLE_DOES_NOT_TRUST", NAME, NAMED, RoleFacts(named=a_role(trust={}))),
    ("ROLE_DOES_NOT_TRUST", NAME, {}, RoleFacts(own=OURS, used=OURS)),
    ("SEVERAL_ROLES", NAME, {}, RoleFacts(trusting=(a_role("one"), a_role("two")))),
    ("ROLE_NAME_TAKEN", NAME, {}, RoleFacts(own=a_role(OWN, trust={}))),
    ("ROLE_NAME_TAKEN", NAME, {}, RoleFacts(own=a_role(OWN, path=OUR_PATH, tags=MARKS | {WORKSPACE: "ws-2"}))),
    ("ROLE_NAME_TAKEN", NAME, {}, RoleFacts(own=a_role(OWN, path=OUR_PATH, tags={WORKSPACE: "ws-1"}))),
    ("ROLE_NAME_TAKEN", NAME, {}, RoleFacts(own=a_role(OWN, path="/before/", trust={}, tags=MARKS))),
    ("ROLE_TRUST_CONDITION", NAME, NAMED, RoleFacts(named=a_role(trust=BARRED))),
    ("ROLE_TRUST_CONDITION", NAME, {}, RoleFacts(trusting=(a_role(trust=BARRED),))),
    ("ROLE_TRUST_UNSURE", NAME, NAMED, RoleFacts(named=a_role(trust=UNSURE))),
    ("ROLE_TRUST_UNSURE", NAME, {}, RoleFacts(trusting=(a_role(trust=UNSURE),))),
    ("ROLE_TRUST_UNSURE", NAME, {}, RoleFacts(trusting=(a_role("one", trust=BARRED), a_role(trust=UNSURE)))),
    ("ROLE_TRUSTS_ANYONE", NAME, NAMED, RoleFacts(named=a_role(trust=a_trust(Condition={})))),
]
DEMANDING: Final = RoleFacts(own=OURS, used=OURS, is_writable=True, trusting=(replace(OURS, trust=BARRED),))
NOT_RAISED: Final[list[tuple[str, Json, RoleFacts]]] = [
    ("no role yet", {}, RoleFacts()),
    ("one role that trusts", {}, RoleFacts(trusting=(a_role(),))),
    ("our role that trusts no longer", {}, RoleFacts(own=OURS, used=OURS, is_writable=True)),
    ("our role that demands more by now", {}, DEMANDING),
    ("one that can be used, and one that cannot", {}, RoleFacts(trusting=(a_role(), a_role("two", trust=BARRED)))),
    ("a named role that trusts by a pattern", NAMED, RoleFacts(named=a_role(trust=LIKE))),
    ("a named role that trusts", NAMED, RoleFacts(named=a_role())),
    ("a boundary that exists", BOUNDED, RoleFacts(boundary_exists=True)),
    (
        "a boundary that could not be read",
        BOUNDED,
        RoleFacts(boundary_exists=RefusedLook(BOUNDARY_FIELD, "denied")),
    ),
    ("no boundary", {}, RoleFacts(boundary_exists=False)),
]


@pytest.mark.parametrize(("code", "field", "role", "found"), RAISED, ids=[row[0] for row in RAISED])
def test_a_finding_on_the_role(code: str, field: str, role: Json, found: RoleFacts) -> None:
    findings = list(check_role(parse_request(an_input(role=role)), facts(role=found)))
    assert [(each.code, each.field) for each in findings] == [(code, field)]


@pytest.mark.parametrize(("what", "role", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_no_finding_on_the_role(what: str, role: Json, found: RoleFacts) -> None:
    assert list(check_role(parse_request(an_input(role=role)), facts(role=found))) == []


def test_the_principal_and_the_workspace_that_a_trust_lacks_are_named() -> None:
    (found,) = check_role(parse_request(an_input(role=NAMED)), facts(role=RoleFacts(named=a_role(trust={}))))
    assert f'{ACCOUNT} with the external id "ws-1"' in found.found


@pytest.mark.parametrize(("trust", "condition"), [(BARRED, "aws:PrincipalOrgID"), (UNSURE, "aws:RequestedRegion")])
def test_the_condition_that_a_trust_has_beside_is_named(trust: Json, condition: str) -> None:
    (found,) = check_role(parse_request(an_input(role=NAMED)), facts(role=RoleFacts(named=a_role(trust=trust))))
    assert found.found.endswith(f": StringEquals {condition}")


def test_the_roles_to_choose_from_are_named() -> None:
    roles = (a_role("one"), a_role("two"))
    (found,) = check_role(parse_request(an_input()), facts(role=RoleFacts(trusting=roles)))
    assert "one, two" in found.found


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (RoleFacts(boundary_exists=False), ("which does not exist", "create it first")),
        (RoleFacts(boundary_is_foreign=True), ("a policy of another account", "create it in this account")),
    ],
)
def test_a_boundary_of_another_account_is_not_said_to_be_absent(found: RoleFacts, words: tuple[str, str]) -> None:
    (told,) = check_role(parse_request(an_input(role=BOUNDED)), facts(role=found))
    assert (told.found, words[1] in told.remedy) == (f'"{BOUNDARY}", {words[0]}', True)
    assert told.expected.startswith("a policy of this account, or one that AWS manages")
