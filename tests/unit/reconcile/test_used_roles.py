"""The roles that connections use: those at our place together, one elsewhere by its name."""

from typing import Final

import pytest

from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.used_roles import UsedRoles, find_used_roles
from tests.unit.builders import a_role
from tests.unit.described import role
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.reconcile.made import a_connected, a_handoff

PATH: Final = "/private-connection/"
OWN: Final = a_role("private-connection-ws-1", path=PATH)
THEIRS: Final = a_role()
"""One that the deployment may extend."""
MARKS: Final = {WORKSPACE: "ws-1", CREATED_BY: "run-1"}


def using(*arns: str) -> list[Connected]:
    return [a_connected(a_handoff(role_arn=arn)) for arn in arns]


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    listed = [role(OWN.name, path=PATH), role("private-connection-ws-2", path=PATH)]
    aws.answers("ListRoles", {"Roles": listed, "IsTruncated": False})
    named = {OWN.name: role(OWN.name, tags=MARKS, path=PATH), "their-role": role()}
    absent = Refusal("NoSuchEntity", 404)
    aws.answers("GetRole", lambda asked: {"Role": named[asked["RoleName"]]} if asked["RoleName"] in named else absent)


def test_roles_at_our_place_are_listed_together_and_others_are_asked_for(aws: FakeAws) -> None:
    assert find_used_roles(using(OWN.arn, OWN.arn)).found == {OWN.arn: OWN}
    assert aws.calls == [("ListRoles", {"PathPrefix": PATH})]
    assert find_used_roles(using(OWN.arn, THEIRS.arn)).found == {OWN.arn: OWN, THEIRS.arn: THEIRS}
    assert aws.asked("GetRole") == [{"RoleName": "their-role"}]


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::123456789012:role{PATH}private-connection-ws-3",
        "arn:aws:iam::123456789012:role/gone",
        "arn:aws:iam::123456789012:role/elsewhere/their-role",  # made anew, at another path
    ],
)
def test_one_that_is_gone_is_left_out(arn: str) -> None:
    assert find_used_roles(using(arn)) == UsedRoles()


def test_one_that_aws_does_not_show_keeps_no_other_from_being_found(aws: FakeAws) -> None:
    shown = {"Role": role()}
    aws.answers("GetRole", lambda asked: DENIED if asked["RoleName"] == "kept" else shown)
    kept = "arn:aws:iam::123456789012:role/kept"
    roles = find_used_roles(using(kept, OWN.arn, THEIRS.arn))
    assert roles.found == {OWN.arn: OWN, THEIRS.arn: THEIRS}
    assert {arn: str(why) for arn, why in roles.refused.items()} == {
        kept: "looking up role (kept): because [AccessDenied]"
    }
