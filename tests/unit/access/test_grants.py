"""Grants: what a connection has on each role that may carry its policy, and how it is taken off."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from private_connection.access.grants import OTHERS_LOOKED_AT, Grant, RemovePolicy, list_grants, remove_policy
from private_connection.access.policies import policy_document
from private_connection.access.sids import mark_of, marked, widened
from private_connection.contracts import Done
from private_connection.errors import NotYetConsistent
from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.settings import settings
from tests.unit.builders import Json, a_trust
from tests.unit.described import role
from tests.unit.fake_aws import FakeAws, Refusal

ABSENT = Refusal("NoSuchEntity", 404)
NAME, OUR_PATH = "private-connection-ws-1", "/private-connection/"
POLICY, OTHER = "private-connection-eu-central-1-redis-demo", "private-connection-eu-central-1-orders"
TAG, TAG_OF_OTHER = "private-connection/for/eu-central-1/redis-demo", "private-connection/for/eu-central-1/orders"
MADE = {WORKSPACE: "ws-1", CREATED_BY: "run-1"}
OURS = MADE | {TAG: "run-1"}
SHARED = OURS | {TAG_OF_OTHER: "run-2"}
REMOVE = RemovePolicy(connection="redis-demo", role_name=NAME, created_by=None)
ARN = f"arn:aws:iam::123456789012:role{OUR_PATH}{NAME}"
SCOPED = policy_document("scoped", ARN, "eu-central-1", "redis-demo")
WRITTEN = marked(policy_document("documented", ARN, "eu-central-1", "redis-demo"), "run-1")
WIDER = widened(WRITTEN, SCOPED, "run-2")
"""The connection's policy after a run, and after another one that asked for something else."""
TRUST = marked(a_trust(), "run-1")
EDITED: Json = a_trust(external_id="ws-9")
RESTORED = widened(EDITED, a_trust(), "run-2")
"""The trust that somebody had edited, after a run that restored it."""
NOBODYS: Json = a_trust(principal="111122223333")


CHANGES = ("DeleteRolePolicy", "PutRolePolicy", "UntagRole", "UpdateAssumeRolePolicy")


def holding(
    aws: FakeAws,
    tags: Mapping[str, str],
    inline: Sequence[str],
    attached: Sequence[str] = (),
    document: Json = WRITTEN,
    **changes: Any,
) -> None:
    """One role, which we made, with these policies, all of one document."""
    found = role(**{"name": NAME, "path": OUR_PATH, "tags": tags, **changes})
    listed = {key: value for key, value in found.items() if key != "Tags"}
    aws.answers("ListRoles", {"Roles": [listed], "IsTruncated": False})
    aws.answers("GetRole", {"Role": found})
    aws.answers("ListRolePolicies", {"PolicyNames": list(inline), "IsTruncated": False})
    managed = [{"PolicyName": name, "PolicyArn": f"arn:aws:iam::aws:policy/{name}"} for name in attached]
    aws.answers("ListAttachedRolePolicies", {"AttachedPolicies": managed})
    aws.answers(
        "GetRolePolicy",
        lambda asked: asked | {"PolicyDocument": json.dumps(document)} if asked["PolicyName"] in inline else ABSENT,
    )
    for operation in CHANGES:
        aws.answers(operation, {})


def changed(aws: FakeAws, operation: str) -> list[Json]:
    """The documents that were written."""
    return [json.loads(asked["PolicyDocument"]) for asked in aws.asked(operation)]


def grants() -> list[Grant]:
    return list(list_grants("redis-demo"))


@pytest.mark.parametrize(
    ("tags", "inline", "leaves", "removable"),
    [
        (OURS, [POLICY], True, True),
        (OURS, [], False, True),  # a teardown that died took the policy off
        (SHARED, [POLICY, OTHER], True, False),  # another connection uses the role
        (SHARED, [OTHER], True, False),  # ... and our tag is left on it
        (SHARED, [POLICY], True, True),  # another connection used it
        (OURS, [POLICY, OTHER], True, True),  # a policy with our prefix, of no connection
        (MADE | {TAG_OF_OTHER: "run-2"}, [POLICY, OTHER], True, False),  # made for other connections
        (MADE | {TAG_OF_OTHER: "run-2"}, [OTHER], False, False),
        ({TAG: "run-1"}, [POLICY], True, False),  # not made by us
        ({}, [], False, False),
    ],
)
def test_what_a_connection_has_on_a_role_of_ours(
    aws: FakeAws, tags: dict[str, str], inline: list[str], leaves: bool, removable: bool
) -> None:
    holding(aws, tags, inline)
    (grant,) = grants()
    assert (grant.leaves_marks, grant.is_removable) == (leaves, removable)


@pytest.mark.parametrize("trust", [a_trust(), a_trust(external_id="ws-9"), NOBODYS, {"Statement": []}], ids=str)
def test_a_role_of_ours_is_found_whatever_its_trust_says(aws: FakeAws, trust: Json) -> None:
    holding(aws, OURS, [POLICY], trust=trust)
    (grant,) = grants()
    assert (grant.leaves_marks, grant.is_removable) == (True, True)


@pytest.mark.parametrize(
    ("tags", "is_foreign"),
    [
        (OURS, False),
        ({TAG: "run-1", WORKSPACE: "ws-1"}, True),
        ({TAG: "run-1", CREATED_BY: "run-1"}, True),
        ({WORKSPACE: "ws-1", TAG_OF_OTHER: "run-2"}, False),
    ],
    ids=["ours", "without a maker", "without a workspace", "of another"],
)
def test_a_role_of_our_name_that_lacks_a_mark_is_not_ours(aws: FakeAws, tags: dict[str, str], is_foreign: bool) -> None:
    holding(aws, tags, [POLICY])
    (grant,) = grants()
    assert (grant.is_removable, grant.is_foreign) == (not is_foreign and tags is OURS, is_foreign)


@pytest.mark.parametrize(
    ("tags", "maker"),
    [
        (OURS, "run-1"),
        (OURS | {TAG: "run-2"}, "run-2"),  # whoever had it made has left
        (SHARED | {TAG: "run-2"}, "run-1"),  # another connection uses it
        ({TAG: "run-1", CREATED_BY: "run-1"}, ""),  # not ours
    ],
)
def test_a_role_goes_with_the_run_that_had_its_only_connection_use_it(
    aws: FakeAws, tags: dict[str, str], maker: str
) -> None:
    holding(aws, tags, [POLICY])
    assert grants()[0].maker == maker


def test_policies_that_are_not_ours_are_named_on_a_role_that_could_go(aws: FakeAws) -> None:
    extra = "private-connection-extra"
    holding(aws, OURS, [POLICY, "theirs", extra], ["ReadOnlyAccess"])
    assert grants()[0].foreign_policies == ("theirs", extra, "ReadOnlyAccess")


def test_on_a_role_that_stays_they_are_not_read(aws: FakeAws) -> None:
    holding(aws, SHARED, [POLICY, OTHER, "theirs"], ["ReadOnlyAccess"])
    assert grants()[0].foreign_policies == ()
    assert "ListAttachedRolePolicies" not in aws.operations


@pytest.mark.parametrize(
    ("changes", "looked_at"),
    [
        ({"name": "their-role", "path": "/"}, True),
        ({"name": "their-role", "path": "/", "trust": NOBODYS}, True),  # it may be extended, and was edited
        ({"name": "other", "path": "/"}, True),  # Ververica may assume it
        ({"name": "other", "path": "/", "trust": NOBODYS}, False),
        ({"name": "private-connection-x", "path": "/", "trust": NOBODYS}, False),
        ({"name": "other", "trust": NOBODYS}, False),
    ],
    ids=str,
)
def test_of_the_roles_of_others_those_are_looked_at_that_may_carry_our_policy(
    aws: FakeAws, changes: Json, looked_at: bool
) -> None:
    holding(aws, {}, [POLICY], **changes)
    assert [(each.leaves_marks, each.is_removable) for each in grants()] == [(True, False)] * looked_at
    assert aws.operations == ["ListRoles", *["ListRolePolicies", "GetRolePolicy"] * looked_at]


def test_many_roles_of_others_are_looked_at_once_each_and_no_more_than_a_function_has_time_for(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXTENDABLE_ROLE_ARNS", "arn:aws:iam::123456789012:role/team-*")
    settings.cache_clear()
    names = [*(f"a-{number}" for number in range(OTHERS_LOOKED_AT)), "team-1", "team-2"]
    roles = [role(name, trust=NOBODYS if name == "team-1" else None) for name in names]
    aws.answers("ListRoles", {"Roles": roles, "IsTruncated": False})
    aws.answers("ListRolePolicies", {"PolicyNames": [], "IsTruncated": False})
    assert grants() == []
    asked = [each["RoleName"] for each in aws.asked("ListRolePolicies")]
    assert (asked[:3], len(asked)) == (["team-2", "team-1", "a-0"], OTHERS_LOOKED_AT)
    assert "GetRole" not in aws.operations


def test_of_many_roles_of_ours_the_policies_are_looked_up_where_the_tags_ask_for_it(aws: FakeAws) -> None:
    own = [role(f"{NAME}-{number}", path=OUR_PATH, tags=MADE | {TAG_OF_OTHER: "run-2"}) for number in range(150)]
    own[7], own[8] = role(f"{NAME}-7", path=OUR_PATH, tags=SHARED), role(f"{NAME}-8", path=OUR_PATH, tags=MADE)
    by_name = {each["RoleName"]: {"Role": each} for each in own}
    aws.answers("ListRoles", {"Roles": own, "IsTruncated": False})
    aws.answers("GetRole", lambda asked: by_name[asked["RoleName"]])
    aws.answers("ListRolePolicies", {"PolicyNames": [POLICY, OTHER], "IsTruncated": False})
    aws.answers("GetRolePolicy", ABSENT)
    assert [(each.role.name, each.leaves_marks) for each in grants()] == [(f"{NAME}-7", True), (f"{NAME}-8", True)]
    assert len(aws.asked("ListRolePolicies")) == 2


def test_a_role_that_goes_meanwhile_is_left_out(aws: FakeAws) -> None:
    holding(aws, OURS, [POLICY])
    aws.answers("GetRole", ABSENT)
    assert grants() == []


@pytest.mark.parametrize("deleted", [{}, ABSENT], ids=["there", "its answer was lost"])
@pytest.mark.parametrize(
    ("tags", "left", "untags"),
    [
        (SHARED, [OTHER], True),  # another connection keeps the role
        (OURS, [OTHER], False),  # the other policy is no connection's
        (OURS, [], False),  # the role goes next, and its tag tells whose it is
        ({TAG: "run-1", TAG_OF_OTHER: "run-2"}, [OTHER], False),  # not made by us
        (MADE | {TAG_OF_OTHER: "run-2"}, [OTHER], False),
    ],
)
def test_a_policy_is_taken_off_and_the_tag_where_the_role_stays(
    aws: FakeAws, tags: dict[str, str], left: list[str], untags: bool, deleted: Json | Refusal
) -> None:
    holding(aws, tags, left, document=WIDER, trust=RESTORED)
    aws.answers("DeleteRolePolicy", deleted)
    assert remove_policy(REMOVE) == Done()
    assert aws.asked("DeleteRolePolicy") == [{"RoleName": NAME, "PolicyName": POLICY}]
    assert [asked["TagKeys"] for asked in aws.asked("UntagRole")] == ([[TAG]] if untags else [])
    assert changed(aws, "PutRolePolicy") == changed(aws, "UpdateAssumeRolePolicy") == []


@pytest.mark.parametrize("operation", ["GetRole", "UntagRole"])
def test_a_role_that_goes_meanwhile_has_no_tag(aws: FakeAws, operation: str) -> None:
    holding(aws, SHARED, [OTHER])
    aws.answers(operation, ABSENT)
    assert remove_policy(REMOVE) == Done()


def test_a_role_that_somebody_changes_is_untagged_later(aws: FakeAws) -> None:
    holding(aws, SHARED, [OTHER])
    aws.answers("UntagRole", Refusal("ConcurrentModification", 409))
    with pytest.raises(NotYetConsistent, match=rf"untagging role \({NAME}\)"):
        remove_policy(REMOVE)


# ------------------------------------------------------------------ what some runs wrote


def marks_of(*makers: str) -> set[str]:
    return set(map(mark_of, makers))


@pytest.mark.parametrize(
    ("tags", "inline", "document", "trust", "makers"),
    [
        (OURS, [POLICY], WRITTEN, TRUST, {"run-1"}),
        (OURS, [POLICY], WIDER, TRUST, {"run-1", "run-2"}),
        (OURS, [POLICY], SCOPED, TRUST, set()),  # nobody says that a run wrote it
        (OURS, [POLICY], WRITTEN, RESTORED, {"run-1", "run-2"}),
        (SHARED, [POLICY, OTHER], WRITTEN, RESTORED, {"run-1"}),  # another connection relies on the trust
        (SHARED | {TAG: "run-3"}, [OTHER], WRITTEN, TRUST, {"run-3"}),  # the policy has gone, its tag is left
        ({}, [POLICY], WRITTEN, RESTORED, {"run-1"}),  # not made by us
    ],
)
def test_the_runs_of_which_something_could_be_taken_off(
    aws: FakeAws, tags: dict[str, str], inline: list[str], document: Json, trust: Json, makers: set[str]
) -> None:
    holding(aws, tags, inline, document=document, trust=trust)
    assert set(grants()[0].marks) == marks_of(*makers)


def test_of_a_role_of_somebody_elses_they_are_those_in_the_policy(aws: FakeAws) -> None:
    holding(aws, {}, [POLICY], name="their-role", path="/", trust=RESTORED, document=WIDER)
    assert set(grants()[0].marks) == marks_of("run-1", "run-2")


@pytest.mark.parametrize(
    ("makers", "document", "written", "deletes"),
    [
        (["run-2"], WIDER, [WRITTEN], False),
        (["run-1"], WIDER, [marked(SCOPED, "run-2")], False),
        (["run-3"], WIDER, [], False),
        (["run-1", "run-2"], WIDER, [], True),
        (["run-1"], WRITTEN, [], True),
        (["run-1"], SCOPED, [], False),
    ],
)
@pytest.mark.parametrize("changes", [{}, {"name": "their-role", "path": "/"}], ids=["our role", "somebody's"])
def test_the_statements_of_some_runs_go_and_the_policy_with_the_last(
    aws: FakeAws, makers: list[str], document: Json, written: list[Json], deletes: bool, changes: Json
) -> None:
    holding(aws, OURS, [POLICY], document=document, trust=TRUST, **changes)
    remove_policy(REMOVE.model_copy(update={"created_by": tuple(makers)}))
    assert changed(aws, "PutRolePolicy") == written
    assert [asked["PolicyName"] for asked in aws.asked("DeleteRolePolicy")] == [POLICY] * deletes
    assert aws.asked("UntagRole") == aws.asked("UpdateAssumeRolePolicy") == []


@pytest.mark.parametrize(
    ("trust", "tags", "inline", "written"),
    [
        (RESTORED, OURS, [POLICY], [EDITED]),
        (marked(a_trust(), "run-2"), OURS, [POLICY], []),  # a trust cannot be empty
        (TRUST, OURS, [POLICY], []),
        (RESTORED, SHARED, [POLICY, OTHER], []),  # another connection relies on it
        (RESTORED, {TAG: "run-1"}, [POLICY], []),  # not made by us
    ],
)
def test_what_some_runs_added_to_the_trust_of_a_role_of_ours_goes(
    aws: FakeAws, trust: Json, tags: dict[str, str], inline: list[str], written: list[Json]
) -> None:
    holding(aws, tags, inline, trust=trust)
    remove_policy(REMOVE.model_copy(update={"created_by": ("run-2",)}))
    assert changed(aws, "UpdateAssumeRolePolicy") == written
    assert aws.asked("DeleteRolePolicy") == []


BY_SECOND = marked(SCOPED, "run-2")


@pytest.mark.parametrize(
    ("tags", "inline", "document", "untags"),
    [
        (SHARED | {TAG: "run-2"}, [POLICY, OTHER], BY_SECOND, True),  # another connection keeps the role
        (SHARED | {TAG: "run-2"}, [POLICY, OTHER], WIDER, False),  # of the policy something is left
        (SHARED | {TAG: "run-2"}, [OTHER], BY_SECOND, True),  # the answer to its deletion was lost
        (SHARED, [POLICY, OTHER], BY_SECOND, False),  # the tag was there before, and somebody took the policy off
        (OURS | {TAG: "run-2"}, [POLICY], BY_SECOND, False),  # the role goes next, as whoever had it made has left
        (OURS, [POLICY], BY_SECOND, False),  # the role stays, and the tag is another run's
        (OURS | {TAG: "run-2", CREATED_BY: "run-2"}, [POLICY], BY_SECOND, False),  # the role goes next
    ],
)
def test_the_tag_goes_with_the_last_statement_from_a_role_that_stays(
    aws: FakeAws, tags: dict[str, str], inline: list[str], document: Json, untags: bool
) -> None:
    holding(aws, tags, inline, document=document)
    remove_policy(REMOVE.model_copy(update={"created_by": ("run-2",)}))
    assert [asked["TagKeys"] for asked in aws.asked("UntagRole")] == [[TAG]] * untags
