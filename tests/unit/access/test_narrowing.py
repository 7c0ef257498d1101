"""What a role allows beside what is wanted, judged and taken off."""

import json
from typing import Any, Final

import pytest

from private_connection.access.narrowing import NarrowAccess, narrow_access, surplus_access
from private_connection.access.policies import policy_document
from private_connection.access.roles import Role
from private_connection.access.sids import marked, widened
from private_connection.contracts import Done
from private_connection.errors import AwsRejected
from private_connection.naming import access_role
from private_connection.ownership import CREATED_BY, WORKSPACE
from tests.unit.builders import Json, a_role, a_trust
from tests.unit.described import role
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

NAME, OUR_PATH = access_role("ws-1"), "/private-connection/"
ARN = f"arn:aws:iam::123456789012:role{OUR_PATH}{NAME}"
POLICY = "private-connection-eu-central-1-redis-demo"
OURS = {WORKSPACE: "ws-1", CREATED_BY: "run-1", "private-connection/for/eu-central-1/redis-demo": "run-1"}
SHARED = OURS | {"private-connection/for/eu-central-1/orders": "run-2"}
ABSENT = Refusal("NoSuchEntity", 404)
NARROW = NarrowAccess(connection="redis-demo", role_name=NAME, workspace_id="ws-1", access_policy="scoped")
SCOPED: Final[Json] = marked(policy_document("scoped", ARN, "eu-central-1", "redis-demo"), "run-2")
DOCUMENTED: Final[Json] = marked(policy_document("documented", ARN, "eu-central-1", "redis-demo"), "run-1")
TRUST: Final[Json] = marked(a_trust(), "run-1")
ANOTHERS: Final[Json] = a_trust(external_id="ws-9")
STRICTER: Final[Json] = a_trust(Condition={"StringEquals": {"sts:ExternalId": "ws-1", "aws:RequestedRegion": "x"}})
ANYONE: Final[Json] = a_trust(Condition={})
DENYING: Final[Json] = {"Effect": "Deny", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}


def both(*documents: Json) -> Json:
    return {**documents[0], "Statement": [each for document in documents for each in document["Statement"]]}


POLICIES: Final[list[tuple[str, Json | None, Json | None]]] = [
    ("none", None, None),
    ("what is wanted", SCOPED, None),
    ("what is wanted, of nobody", policy_document("scoped", ARN, "eu-central-1", "redis-demo"), None),
    ("the former one beside it", both(DOCUMENTED, SCOPED), SCOPED),
    ("the former one alone", DOCUMENTED, policy_document("scoped", ARN, "eu-central-1", "redis-demo")),
]
TRUSTS: Final[list[tuple[str, Json, dict[str, str], Json | None]]] = [
    ("what is wanted", TRUST, OURS, None),
    ("another workspace too", both(ANOTHERS, TRUST), OURS, TRUST),
    ("another workspace too, for another connection perhaps", both(ANOTHERS, TRUST), SHARED, None),
    ("another workspace alone, which is not ours", ANOTHERS, OURS | {WORKSPACE: "ws-9"}, None),
    ("a stricter one alone", STRICTER, OURS, None),
    ("a stricter one beside it", both(STRICTER, TRUST), OURS, TRUST),
    ("anyone", ANYONE, OURS, a_trust()),
    ("anyone beside a stricter one", both(ANYONE, STRICTER), OURS, STRICTER),
    ("a Deny beside it", {**TRUST, "Statement": [*TRUST["Statement"], DENYING]}, OURS, None),
    (
        "a Deny and anyone",
        {"Statement": [DENYING, *ANYONE["Statement"]]},
        OURS,
        both({"Statement": [DENYING]}, a_trust()),
    ),
    ("nobody's tags", both(ANOTHERS, TRUST), {}, None),
]


def holding(aws: FakeAws, trust: Json = TRUST, policy: Json | None = SCOPED, **changes: Any) -> None:
    fields: Json = {"name": NAME, "path": OUR_PATH, "tags": OURS, "trust": trust, **changes}
    aws.answers("GetRole", {"Role": role(**fields)})
    aws.answers("GetRolePolicy", lambda asked: asked | {"PolicyDocument": json.dumps(policy)} if policy else ABSENT)
    aws.answers("PutRolePolicy", {})
    aws.answers("UpdateAssumeRolePolicy", {})


def written(aws: FakeAws, operation: str) -> list[Json]:
    return [json.loads(asked["PolicyDocument"]) for asked in aws.asked(operation)]


def our_role(**changes: Any) -> Role:
    return a_role(**{"name": NAME, "path": OUR_PATH, "tags": OURS, "trust": TRUST, **changes})


@pytest.mark.parametrize(("what", "policy", "narrow"), POLICIES, ids=[row[0] for row in POLICIES])
def test_the_policy_is_what_is_wanted_afterwards(
    aws: FakeAws, what: str, policy: Json | None, narrow: Json | None
) -> None:
    holding(aws, policy=policy)
    assert narrow_access(NARROW) == Done()
    assert written(aws, "PutRolePolicy") == ([] if narrow is None else [narrow])
    assert written(aws, "UpdateAssumeRolePolicy") == []
    assert surplus_access(NARROW, our_role(), policy) == (narrow is not None)
    assert not surplus_access(NARROW, our_role(), narrow)


@pytest.mark.parametrize(("what", "trust", "tags", "narrow"), TRUSTS, ids=[row[0] for row in TRUSTS])
def test_the_trust_of_a_role_of_ours_admits_the_workspace_alone_afterwards(
    aws: FakeAws, what: str, trust: Json, tags: dict[str, str], narrow: Json | None
) -> None:
    holding(aws, trust, tags=tags)
    narrow_access(NARROW)
    assert [each["Statement"] for each in written(aws, "UpdateAssumeRolePolicy")] == (
        [] if narrow is None else [narrow["Statement"]]
    )
    assert written(aws, "PutRolePolicy") == []
    assert surplus_access(NARROW, our_role(trust=trust, tags=tags), SCOPED) == (narrow is not None)
    assert not surplus_access(NARROW, our_role(trust=narrow or TRUST, tags=tags), SCOPED)


def test_of_a_role_of_the_users_the_policy_alone_is_narrowed(aws: FakeAws) -> None:
    arn = "arn:aws:iam::123456789012:role/their-role"
    wanted = marked(policy_document("scoped", arn, "eu-central-1", "redis-demo"), "run-2")
    holding(aws, ANYONE, widened(DOCUMENTED, wanted, "run-2"), name="their-role", path="/", tags={})
    narrow_access(NARROW.model_copy(update={"role_name": "their-role"}))
    (narrow,) = written(aws, "PutRolePolicy")
    assert len(narrow["Statement"]) == len(wanted["Statement"])
    assert written(aws, "UpdateAssumeRolePolicy") == []


def test_a_role_that_may_not_be_written_to_stays_as_it_is(aws: FakeAws) -> None:
    holding(aws, ANYONE, DOCUMENTED, name="vendors", path="/")
    narrow_access(NARROW)
    assert aws.operations == ["GetRole"]
    assert not surplus_access(NARROW, our_role(name="vendors", path="/", trust=ANYONE), DOCUMENTED)


def test_a_role_that_is_gone_has_nothing_to_be_taken_off(aws: FakeAws) -> None:
    aws.answers("GetRole", ABSENT)
    assert narrow_access(NARROW) == Done()


def test_a_denial_is_raised(aws: FakeAws) -> None:
    holding(aws, policy=DOCUMENTED)
    aws.answers("PutRolePolicy", DENIED)
    with pytest.raises(AwsRejected, match="putting role policy"):
        narrow_access(NARROW)
