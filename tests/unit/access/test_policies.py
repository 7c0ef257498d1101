"""IAM documents that we write: what they say, how large they are, and which others allow more."""

from typing import Any

import pytest

from private_connection.access.policies import INLINE_LIMIT, is_wider, policy_document, policy_size
from private_connection.access.sids import marked
from tests.unit.builders import Json

ROLE = "arn:aws:iam::123456789012:role/private-connection-ws-1"


def allowing(action: object, **changes: object) -> Json:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*", **changes}]}


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


def test_the_size_of_a_policy_is_without_white_space() -> None:
    assert policy_size({"Statement": [{"Sid": "a b"}]}) == len('{"Statement":[{"Sid":"ab"}]}')
    assert policy_size({"Sid": "\N{SNOWMAN}"}) == len('{"Sid":"xxx"}')


def test_as_many_connections_share_a_role_as_its_room_allows() -> None:
    """As docs/decisions/0012 says: the room is that of all inline policies, and of the tags."""
    documented = policy_size(marked(policy_document("documented", ROLE, "us-east-1", "orders"), "run-1"))
    scoped = [
        policy_size(marked(policy_document("scoped", ROLE, region, name), "run-1"))
        for region, name in (("us-east-1", "a"), ("ap-southeast-2", "a" * 32))
    ]
    assert INLINE_LIMIT // documented == 36
    assert [INLINE_LIMIT // each for each in scoped] == [19, 18]
