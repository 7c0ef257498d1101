"""Plan access: which role is used or made, and what is changed about it."""

from typing import Any, Final

import pytest

from private_connection.access.access_role import EnsureAccessRole
from private_connection.access.policies import policy_document
from private_connection.access.statements import Policy
from private_connection.errors import InvalidRequest
from private_connection.naming import access_policy, access_role
from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.planning import access
from private_connection.planning.access import PlannedAccess, plan_access
from private_connection.request.models import RoleRequest
from tests.unit.builders import Json, a_role, a_trust
from tests.unit.fake_aws import FakeAws

OWN: Final = access_role("ws-1")
POLICY: Final = access_policy("eu-central-1", "redis-demo")
TAG: Final = "private-connection/for/eu-central-1/redis-demo"
TAGS: Final = {WORKSPACE: "ws-1", CREATED_BY: "run-1", TAG: "run-1"}
ROLE: Final = a_role(OWN, path="/private-connection/", tags=TAGS)
DOCUMENTED: Final = policy_document("documented", ROLE.arn, "eu-central-1", "redis-demo")
SCOPED: Final = policy_document("scoped", ROLE.arn, "eu-central-1", "redis-demo")


class Stage:
    """Plans where the step that makes roles would find this one, with this policy."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch, self.writable = monkeypatch, True

    def plan(self, role: Any, policy: Policy | None = DOCUMENTED, **changes: Any) -> PlannedAccess:
        self.monkeypatch.setattr(access, "find_used_role", lambda _: role)
        self.monkeypatch.setattr(access, "find_role_policy", lambda *_: policy)
        self.monkeypatch.setattr(access, "scope_findings", lambda *_: ())
        self.monkeypatch.setattr(access, "may_write", lambda _: self.writable)
        fields: Json = {"role": RoleRequest(), "access_policy": "documented", "acknowledge": (), "tags": {}} | changes
        return plan_access(EnsureAccessRole(connection="redis-demo", maker="plan", workspace_id="ws-1", **fields))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, aws: FakeAws) -> Stage:
    return Stage(monkeypatch)


def told(planned: PlannedAccess) -> list[tuple[str, str, list[str]]]:
    return [(each.action, each.type, [one.name for one in each.attributes]) for each in planned.changes]


def test_a_role_is_made_with_the_policy(stage: Stage) -> None:
    planned = stage.plan(None)
    assert [row[:2] for row in told(planned)] == [("create", "role"), ("create", "rolePolicy")]
    assert planned.role_name == OWN
    assert [each.name for each in planned.changes] == [OWN, f"{OWN}/{POLICY}"]


def test_a_role_that_is_as_it_is_wanted_is_kept(stage: Stage) -> None:
    assert told(stage.plan(ROLE)) == [("keep", "role", []), ("keep", "rolePolicy", [])]


@pytest.mark.parametrize(
    ("role", "policy", "changes", "expected"),
    [
        (ROLE, None, {}, ("create", "rolePolicy", ["allows"])),
        (ROLE, DOCUMENTED, {"access_policy": "scoped"}, ("change", "rolePolicy", ["allows"])),
        (ROLE, SCOPED, {}, ("change", "rolePolicy", ["allows"])),
        (ROLE, DOCUMENTED, {"tags": {"team": "data"}}, ("change", "role", ["tags.team"])),
        (
            a_role(OWN, path=ROLE.path, tags={WORKSPACE: "ws-1", CREATED_BY: "run-1"}),
            DOCUMENTED,
            {},
            ("change", "role", [f"tags.{TAG}"]),
        ),
        (a_role(OWN, path=ROLE.path, tags=TAGS, trust=a_trust("ws-9")), DOCUMENTED, {}, ("change", "role", ["trust"])),
    ],
    ids=["no policy", "less is asked for", "more is asked for", "a tag", "not this connection's yet", "another trust"],
)
def test_one_difference_is_one_change(
    stage: Stage, role: Any, policy: Any, changes: Json, expected: tuple[str, str, list[str]]
) -> None:
    differing = [each for each in told(stage.plan(role, policy, **changes)) if each[0] != "keep"]
    assert differing == [expected]


def test_a_role_that_may_not_be_written_to_is_used_as_it_is_or_ends_the_plan(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.writable = False
    monkeypatch.setattr(access, "require_permissions", lambda *_: None)
    assert told(stage.plan(a_role())) == [("keep", "role", [])]

    def lacking(*_: object) -> None:
        raise InvalidRequest("it lacks")

    monkeypatch.setattr(access, "require_permissions", lacking)
    with pytest.raises(InvalidRequest, match="lacks"):
        stage.plan(a_role())
