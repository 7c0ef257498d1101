"""Policies as IAM evaluates them: what matches, what a condition is met by, and what is not understood.

Sources: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators" and "Multivalued
context keys".
"""

from typing import Any

import pytest

from sandbox.authorization.operators import PolicyError
from sandbox.authorization.patterns import as_arn
from sandbox.authorization.policies import Policies, Verdict

ROLE = "arn:aws:iam::123456789012:role/team/one"
TAG = "aws:RequestTag/team"
KEYS = "aws:TagKeys"


def allowing(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*", **elements}


def verdict(*statements: dict[str, Any], action: str = "iam:GetRole", resource: str = ROLE, **context: Any) -> Verdict:
    return Policies([{"Version": "2012-10-17", "Statement": list(statements)}]).judge(action, resource, context)


def met(condition: dict[str, Any], context: dict[str, Any]) -> bool:
    found = Policies([{"Statement": allowing(Condition=condition)}]).judge("iam:GetRole", ROLE, context)
    return found is Verdict.ALLOWED


def test_what_no_statement_allows_is_not_allowed() -> None:
    assert verdict() is Verdict.NOT_ALLOWED
    assert verdict(allowing(), action="iam:GetRolePolicy") is Verdict.NOT_ALLOWED
    assert verdict(allowing()) is Verdict.ALLOWED


def test_what_one_statement_denies_is_denied_wherever_it_stands() -> None:
    denying = {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::123456789012:role/team/*"}
    assert verdict(allowing(), denying) is verdict(denying, allowing()) is Verdict.DENIED
    assert verdict(allowing(), denying, resource=ROLE.replace("team", "other")) is Verdict.ALLOWED


def test_an_action_is_matched_in_upper_and_lower_case_and_by_pattern() -> None:
    for pattern in ("IAM:getrole", "iam:Get*", "iam:Get?ole", "*", ["ec2:*", "iam:GetRole"]):
        assert verdict(allowing(Action=pattern)) is Verdict.ALLOWED, pattern


def test_not_action_and_not_resource_are_about_everything_else() -> None:
    other = {"Effect": "Allow", "NotAction": "iam:GetRole", "NotResource": ROLE}
    assert verdict(other) is verdict(other, action="iam:PutRole") is Verdict.NOT_ALLOWED
    assert verdict(other, action="iam:PutRole", resource=ROLE + "2") is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*", True),
        (ROLE, True),
        ("arn:aws:iam::123456789012:role/*", True),
        ("arn:*:iam::*:role/team/o?e", True),
        ("arn:aws:iam::123456789012:role/Team/one", False),
        ("arn:aws:iam::123456789012:role/team", False),
        ("arn:aws:*:role/team/one", False),
    ],
)
def test_a_pattern_of_arns_goes_part_by_part(pattern: str, matches: bool) -> None:
    try:
        assert as_arn(pattern)(ROLE) is matches
    except ValueError:
        assert not matches


def test_an_action_on_everything_is_not_allowed_on_one_resource() -> None:
    assert verdict(allowing(Resource=ROLE), resource="*") is Verdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("condition", "context", "is_met"),
    [
        ({"StringEquals": {TAG: "blue"}}, {TAG: "blue"}, True),
        ({"StringEquals": {TAG: ["red", "blue"]}}, {TAG: "blue"}, True),
        ({"StringEquals": {TAG: "Blue"}}, {TAG: "blue"}, False),
        ({"StringEquals": {"AWS:requesttag/TEAM": "blue"}}, {TAG: "blue"}, True),
        ({"StringEquals": {TAG: "blue"}}, {}, False),
        ({"StringEqualsIfExists": {TAG: "blue"}}, {}, True),
        ({"StringEqualsIfExists": {TAG: "blue"}}, {TAG: "red"}, False),
        ({"StringEqualsIgnoreCase": {TAG: "BLUE"}}, {TAG: "blue"}, True),
        ({"StringNotEquals": {TAG: ["red", "blue"]}}, {TAG: "blue"}, False),
        ({"StringNotEquals": {TAG: ["red", "green"]}}, {TAG: "blue"}, True),
        ({"StringNotEquals": {TAG: "blue"}}, {}, True),
        ({"StringNotEqualsIgnoreCase": {TAG: "BLUE"}}, {TAG: "blue"}, False),
        ({"StringLike": {TAG: "b*"}}, {TAG: "blue"}, True),
        ({"StringNotLike": {TAG: "b*"}}, {TAG: "blue"}, False),
        ({"Null": {TAG: "false"}}, {TAG: ""}, True),
        ({"Null": {TAG: False}}, {}, False),
        ({"Null": {TAG: "true"}}, {}, True),
        ({"Null": {TAG: "true"}}, {TAG: "blue"}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, {"aws:PrincipalArn": ROLE}, True),
        ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, {"aws:PrincipalArn": ROLE}, False),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}, {"aws:PrincipalArn": ROLE}, False),
        ({"Bool": {TAG: True}}, {TAG: "True"}, True),
        ({"ForAllValues:StringLike": {KEYS: "for/*"}}, {KEYS: ["for/a", "for/b"]}, True),
        ({"ForAllValues:StringLike": {KEYS: "for/*"}}, {KEYS: ["for/a", "other"]}, False),
        ({"ForAllValues:StringLike": {KEYS: "for/*"}}, {}, True),
        ({"ForAnyValue:StringEquals": {KEYS: "a"}}, {KEYS: ["a", "b"]}, True),
        ({"ForAnyValue:StringEquals": {KEYS: "a"}}, {KEYS: ["b"]}, False),
        ({"ForAnyValue:StringNotEquals": {KEYS: "a"}}, {}, False),
        ({"StringEquals": {TAG: "blue"}, "Null": {KEYS: "true"}}, {TAG: "blue"}, True),
        ({"StringEquals": {TAG: "blue", "ec2:Region": "r"}}, {TAG: "blue"}, False),
    ],
)
def test_a_condition_is_met_by(condition: dict[str, Any], context: dict[str, Any], is_met: bool) -> None:
    assert met(condition, context) is is_met


@pytest.mark.parametrize(
    ("statement", "about"),
    [
        (allowing(Condition={"NumericEquals": {TAG: "1"}}), "operator NumericEquals"),
        (allowing(Condition={"StringSomehow": {TAG: "1"}}), "operator StringSomehow"),
        (allowing(Condition={"StringEquals": {"aws:Unheard": "1"}}), "asks for aws:Unheard"),
        (allowing(Condition={"StringEquals": {TAG: "${aws:username}"}}), "variable"),
        (allowing(Condition={"StringEquals": {KEYS: "a"}}), "several values"),
        (allowing(Condition={"StringEquals": {"events:source": "shop"}}), "several values"),
        (allowing(Resource="role/x"), "neither an ARN"),
        (allowing(Principal="*"), "does not read"),
        (allowing(Effect="Perhaps"), "does not read"),
        (allowing(NotAction="ec2:*"), "Action and NotAction"),
        ({"Effect": "Allow", "Action": "ec2:*"}, "no Resource"),
    ],
)
def test_what_is_not_understood_is_refused(statement: dict[str, Any], about: str) -> None:
    with pytest.raises(PolicyError, match=about):
        Policies([{"Statement": [statement]}])


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(PolicyError, match="does not read"):
        Policies(["arn:aws:iam::aws:policy/AdministratorAccess"])
