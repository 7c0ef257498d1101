"""Conditions: met, not met, or dependent on what is not known."""

from typing import Final

import pytest

from private_connection.access.conditions import FOREIGN, Context, judge, told
from tests.unit.builders import Json

CONTEXT: Final[Context] = {
    "sts:externalid": ("ws-1",),
    "aws:sourceip": (FOREIGN,),
    "aws:principalorgid": (f"o-{FOREIGN}",),
    "aws:securetransport": ("true",),
    "aws:principalarn": ("arn:aws:iam::123456789012:role/team/x",),
    "aws:sourceaccount": (),
    "aws:tagkeys": ("a", "b"),
}
MET: Final[list[Json]] = [
    {},
    {"StringEquals": {"sts:ExternalId": "ws-1"}},
    {"stringequals": {"STS:externalid": ["ws-0", "ws-1"]}},
    {"StringLike": {"sts:ExternalId": "ws-?"}},
    {"StringEqualsIgnoreCase": {"sts:ExternalId": "WS-1"}},
    {"ForAnyValue:StringEquals": {"sts:ExternalId": ["ws-0", "ws-1"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": "b*"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}},
    {"ForAllValues:StringEquals": {"aws:SourceAccount": "1"}},
    {"StringEqualsIfExists": {"aws:SourceAccount": "1"}},
    {"StringNotEquals": {"aws:SourceAccount": "1"}},
    {"StringNotEquals": {"aws:PrincipalOrgID": "o-ours"}},
    {"StringNotLike": {"sts:ExternalId": "other*"}},
    {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
    {"Bool": {"aws:SecureTransport": True}},
    {"Null": {"aws:SourceAccount": "true"}},
    {"Null": {"sts:ExternalId": False}},
    {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "nonsense"]}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}},
    {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/y"}},
    {"StringEquals": {"sts:ExternalId": "ws-1"}, "Bool": {"aws:SecureTransport": "true"}},
]
NOT_MET: Final[list[Json]] = [
    {"StringEquals": {"sts:ExternalId": "WS-1"}},
    {"StringEquals": {"sts:ExternalId": []}},
    {"StringEquals": {"aws:SourceAccount": "1"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-ours"}},
    {"StringNotEquals": {"sts:ExternalId": "ws-1"}},
    {"ForAnyValue:StringEquals": {"aws:SourceAccount": "1"}},
    {"ForAnyValue:StringNotEquals": {"aws:SourceAccount": "1"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:*:role/team/x"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"Null": {"sts:ExternalId": "true"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
]
UNKNOWN: Final[list[Json]] = [
    {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"StringEqualsIfExists": {"aws:RequestedRegion": "us-east-1"}},
    {"Null": {"aws:RequestedRegion": "true"}},
    {"StringEquals": {"sts:ExternalId": "${aws:PrincipalTag/workspace}"}},
    {"DateLessThan": {"aws:SecureTransport": "2030-01-01T00:00:00Z"}},
    {"Surprise": {"sts:ExternalId": "ws-1"}},
]


@pytest.mark.parametrize("condition", MET, ids=str)
def test_a_condition_is_met(condition: Json) -> None:
    assert judge({"Condition": condition}, CONTEXT).met is True


@pytest.mark.parametrize("condition", NOT_MET, ids=str)
def test_a_condition_is_not_met(condition: Json) -> None:
    assert judge({"Condition": condition}, CONTEXT).met is False


@pytest.mark.parametrize("condition", UNKNOWN, ids=str)
def test_a_condition_depends_on_what_is_not_known(condition: Json) -> None:
    assert judge({"Condition": condition}, CONTEXT).met is None


def test_what_decides_is_named() -> None:
    unknown = {"aws:RequestedRegion": "us-east-1"}
    wrong = {"aws:PrincipalOrgID": "o-ours", **unknown, "sts:ExternalId": "ws-1"}
    judged = judge({"Condition": {"StringEquals": wrong, "Bool": {"aws:SecureTransport": "false"}}}, CONTEXT)
    assert judged.because == ("StringEquals aws:PrincipalOrgID", "Bool aws:SecureTransport")
    assert judge({"Condition": {"StringEquals": unknown}}, CONTEXT).because == ("StringEquals aws:RequestedRegion",)


def test_a_statement_without_conditions_applies() -> None:
    assert judge({}, CONTEXT).met is True
    assert told({}) == ""
    assert told({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}) == " with Bool aws:SecureTransport"
