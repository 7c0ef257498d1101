"""Trust policies: what IAM would decide for Ververica's account and a workspace."""

from typing import Final

import pytest

from private_connection.access.policies import trust_document
from private_connection.access.trust import judge_trust, names_principal, serves
from tests.unit.builders import ACCOUNT, Json, a_trust

ID: Final = {"sts:ExternalId": "ws-1"}
(ALLOWING,) = a_trust()["Statement"]


def under(operator: str = "StringEquals", **others: Json) -> Json:
    """A trust policy with the external id as a condition, and with others."""
    return a_trust(Condition={operator: ID, **others})


def beside(**changed: object) -> Json:
    """A trust policy with a Deny for everybody."""
    denying = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    return {"Statement": [ALLOWING, denying | changed]}


def unless(key: str, *values: str) -> Json:
    return {"Condition": {"StringNotEquals": {key: list(values)}}}


TRUSTING: Final[list[Json]] = [
    a_trust(),
    a_trust(external_id=["ws-1"]),
    a_trust(principal=[ACCOUNT]),
    a_trust(principal=["123456789012", "794031221915"]),
    a_trust(Principal="*"),
    a_trust(Principal={"AWS": "*"}),
    a_trust(Action=["sts:TagSession", "sts:AssumeRole"]),
    a_trust(Action="STS:assumerole"),
    a_trust(Action="sts:*"),
    under("stringequals"),
    under("StringLike"),
    under("StringEqualsIgnoreCase"),
    under("ForAnyValue:StringEquals"),
    a_trust(Condition={"StringLike": {"sts:ExternalId": "ws-*"}}),
    under(Bool={"aws:SecureTransport": "true"}),
    under(IpAddress={"aws:SourceIp": "0.0.0.0/0"}),
    {"Statement": ALLOWING},
    {"Statement": [*a_trust(external_id="other")["Statement"], ALLOWING]},
    {"Statement": [*under(StringLike={"aws:PrincipalOrgID": "o-1"})["Statement"], ALLOWING]},
    beside(Condition={"Bool": {"aws:SecureTransport": "false"}}),
    beside(**unless("sts:ExternalId", "ws-1", "ws-2")),
    beside(Principal={"AWS": "111122223333"}),
    beside(Action="sts:TagSession"),
]
STRANGE: Final[list[Json]] = [
    {},
    {"Statement": []},
    a_trust(external_id="ws-2"),
    a_trust(external_id="WS-1"),
    a_trust(external_id=[]),
    a_trust(principal="arn:aws:iam::123456789012:root"),
    a_trust(Principal={"Service": "lambda.amazonaws.com"}),
    a_trust(Effect="Deny"),
    a_trust(Action="sts:TagSession"),
    a_trust(NotAction="sts:*", Action=None),
    a_trust(Condition={"StringNotEquals": ID}),
]
BARRED: Final[list[tuple[Json, str]]] = [
    (a_trust(Condition={"StringEquals": {**ID, "aws:PrincipalOrgID": "o-1"}}), "StringEquals aws:PrincipalOrgID"),
    (under(IpAddress={"aws:SourceIp": ["10.0.0.0/8"]}), "IpAddress aws:SourceIp"),
    (under(StringLike={"aws:SourceVpce": "vpce-1"}), "StringLike aws:SourceVpce"),
    (under(Bool={"aws:MultiFactorAuthPresent": "true"}), "Bool aws:MultiFactorAuthPresent"),
    (under(StringLike={"aws:SourceAccount": "123456789012"}), "StringLike aws:SourceAccount"),
    (under(Null={"aws:SourceArn": "false"}), "Null aws:SourceArn"),
    (beside(), "a Deny statement"),
    (beside(**unless("aws:PrincipalOrgID", "o-1")), "a Deny statement with StringNotEquals aws:PrincipalOrgID"),
    (beside(Action="sts:*"), "a Deny statement"),
    (beside(Principal={"AWS": ACCOUNT}), "a Deny statement"),
]
UNSURE: Final[list[tuple[Json, str]]] = [
    (under(StringLike={"aws:RequestedRegion": "us-*"}), "StringLike aws:RequestedRegion"),
    (under(StringLike={"sts:RoleSessionName": "x"}), "StringLike sts:RoleSessionName"),
    (under(ArnLike={"aws:PrincipalArn": "arn:aws:iam::794031221915:role/x"}), "ArnLike aws:PrincipalArn"),
    (beside(**unless("aws:RequestedRegion", "x")), "a Deny statement with StringNotEquals aws:RequestedRegion"),
]


def test_the_trust_that_we_write_is_one_that_we_recognise() -> None:
    trust = trust_document(ACCOUNT, "ws-1")
    assert trust == a_trust()
    judged = judge_trust(trust, ACCOUNT, "ws-1")
    assert (judged.allowed, judged.because, judged.is_for_workspace, judged.is_for_anyone) == (True, (), True, False)


@pytest.mark.parametrize("trust", TRUSTING, ids=str)
def test_trust_in_every_form(trust: Json) -> None:
    judged = judge_trust(trust, ACCOUNT, "ws-1")
    assert (judged.allowed, judged.is_for_workspace, judged.is_for_anyone) == (True, True, False)


@pytest.mark.parametrize("trust", STRANGE, ids=str)
def test_trust_that_is_not_for_the_workspace(trust: Json) -> None:
    judged = judge_trust(trust, ACCOUNT, "ws-1")
    assert (judged.allowed, judged.because, judged.is_for_workspace) == (False, (), False)


@pytest.mark.parametrize(("trust", "condition"), BARRED, ids=[row[1] for row in BARRED])
def test_trust_that_ververica_does_not_meet(trust: Json, condition: str) -> None:
    judged = judge_trust(trust, ACCOUNT, "ws-1")
    assert (judged.allowed, judged.because, judged.is_for_workspace) == (False, (condition,), True)


@pytest.mark.parametrize(("trust", "condition"), UNSURE, ids=[row[1] for row in UNSURE])
def test_trust_that_ververica_may_not_meet(trust: Json, condition: str) -> None:
    judged = judge_trust(trust, ACCOUNT, "ws-1")
    assert (judged.allowed, judged.because, judged.is_for_workspace) == (None, (condition,), True)


@pytest.mark.parametrize(
    "condition", [{}, {"StringLike": {"sts:ExternalId": "*"}}, {"StringNotEquals": {"sts:ExternalId": "x"}}], ids=str
)
def test_trust_for_whatever_external_id(condition: Json) -> None:
    judged = judge_trust(a_trust(Condition=condition), ACCOUNT, "ws-1")
    assert (judged.allowed, judged.is_for_workspace, judged.is_for_anyone) == (True, False, True)


@pytest.mark.parametrize(
    ("trust", "named"),
    [
        (a_trust(), True),
        (a_trust(external_id="ws-9"), True),
        (a_trust(principal="794031221915"), True),
        (a_trust(Condition={}), True),
        (a_trust(principal="111122223333"), False),
        (a_trust(Effect="Deny"), False),
        ({}, False),
    ],
)
def test_trust_in_the_principal_for_whatever_workspace(trust: Json, named: bool) -> None:
    assert names_principal(trust, ACCOUNT) is named


@pytest.mark.parametrize(
    ("trust", "serving", "if_acknowledged"),
    [
        (a_trust(), True, True),
        (under(StringLike={"aws:PrincipalOrgID": "o-1"}), False, True),
        (beside(), False, True),
        (a_trust(external_id="ws-2"), False, False),
        ({}, False, False),
    ],
    ids=["open", "under a condition", "with a Deny", "of another workspace", "nobody's"],
)
def test_only_what_is_demanded_beside_the_workspace_can_be_acknowledged(
    trust: Json, serving: bool, if_acknowledged: bool
) -> None:
    judged = judge_trust(trust, ACCOUNT, "ws-1")
    assert (serves(judged, ("INGRESS_CLOSED",)), serves(judged, ("ROLE_TRUST_CONDITION",))) == (
        serving,
        if_acknowledged,
    )
