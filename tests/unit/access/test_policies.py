"""IAM documents: those that we write, and what we read in those of others."""

from typing import Any

import pytest

from private_connection.access.policies import (
    as_policy,
    is_wider,
    names_principal,
    policy_document,
    trust_document,
    trusts,
)
from tests.unit.builders import ACCOUNT, Json, a_trust

ROLE = "arn:aws:iam::123456789012:role/private-connection-ws-1"


def allowing(action: object, **changes: object) -> Json:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*", **changes}]}


def test_the_trust_that_we_write_is_one_that_we_recognise() -> None:
    trust = trust_document(ACCOUNT, "ws-1")
    assert trust == a_trust()
    assert trusts(trust, ACCOUNT, "ws-1")


@pytest.mark.parametrize(
    "trust",
    [
        a_trust(),
        a_trust(external_id=["ws-1"]),
        a_trust(principal=[ACCOUNT]),
        a_trust(principal="794031221915"),
        a_trust(principal=["123456789012", "794031221915"]),
        a_trust(Action=["sts:TagSession", "sts:AssumeRole"]),
        a_trust(Action="STS:assumerole"),
        a_trust(Action="sts:*"),
        a_trust(Condition={"stringequals": {"STS:externalid": "ws-1"}}),
        a_trust(Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1", "sts:ExternalId": "ws-1"}}),
        {"Statement": a_trust()["Statement"][0]},
        {"Statement": [*a_trust(external_id="other")["Statement"], *a_trust()["Statement"]]},
    ],
)
def test_trust_in_every_form(trust: Json) -> None:
    assert trusts(trust, ACCOUNT, "ws-1")


@pytest.mark.parametrize(
    "trust",
    [
        {},
        {"Statement": []},
        a_trust(external_id="ws-2"),
        a_trust(external_id="WS-1"),
        a_trust(external_id=[]),
        a_trust(principal="arn:aws:iam::123456789012:root"),
        a_trust(principal=f"{ACCOUNT.removesuffix('root')}role/x"),
        a_trust(Principal="*"),
        a_trust(Principal={"Service": "lambda.amazonaws.com"}),
        a_trust(Effect="Deny"),
        a_trust(Action="sts:TagSession"),
        a_trust(Condition={}),
        a_trust(Condition={"StringLike": {"sts:ExternalId": "*"}}),
        a_trust(Condition={"StringNotEquals": {"sts:ExternalId": "ws-1"}}),
        {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]},
    ],
)
def test_trust_that_is_none(trust: Json) -> None:
    assert not trusts(trust, ACCOUNT, "ws-1")


def test_the_documented_policy_is_the_documented_one() -> None:
    assert policy_document("documented", ROLE, "us-east-1", "orders")["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["ec2:AcceptVpcEndpointConnections", "ec2:DescribeVpcEndpointServices"],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"},
    ]


def test_the_scoped_policy_accepts_connections_of_one_connection_in_one_region() -> None:
    accept, *looks = policy_document("scoped", ROLE, "us-east-1", "orders")["Statement"]
    assert accept["Resource"] == "arn:aws:ec2:us-east-1:123456789012:vpc-endpoint-service/*"
    assert accept["Condition"] == {"StringEquals": {"aws:ResourceTag/private-connection": "orders"}}
    actions = [
        action for look in looks for action in ([look["Action"]] if isinstance(look["Action"], str) else look["Action"])
    ]
    assert {action.split(":")[1][:4] for action in actions} == {"Desc", "List"}


def test_the_scoped_policy_follows_the_role_into_its_partition() -> None:
    accept = policy_document("scoped", ROLE.replace("aws", "aws-cn", 1), "cn-north-1", "orders")["Statement"][0]
    assert accept["Resource"].startswith("arn:aws-cn:ec2:cn-north-1:123456789012:")


@pytest.mark.parametrize(
    ("policy", "wider"),
    [
        (policy_document("documented", ROLE, "us-east-1", "a"), True),
        (policy_document("scoped", ROLE, "us-east-1", "a"), False),
        (allowing("*"), True),
        (allowing("ec2:*"), True),
        (allowing("EC2:accept*"), True),
        (allowing(["s3:GetObject", "elasticache:*"]), True),
        (allowing("elasticache:Modify*"), True),
        (allowing("elasticache:Describe*"), False),
        (allowing("s3:*"), False),
        (allowing("ec2:*", Condition={"Bool": {"aws:SecureTransport": "true"}}), False),
        (allowing("ec2:*", Effect="Deny"), False),
        ({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, True),
        ({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}, True),
        ({}, False),
        (None, False),
    ],
)
def test_policies_that_allow_more_than_the_scoped_one(policy: Any, wider: bool) -> None:
    assert is_wider(policy) is wider


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


def test_a_document_that_is_none_allows_nothing() -> None:
    assert as_policy(a_trust()) == a_trust()
    assert as_policy(None) == as_policy("text") == {}
