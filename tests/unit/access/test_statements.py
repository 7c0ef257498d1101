"""Statements: which of them are about an action, a resource or a principal, in every form of the grammar."""

import pytest

from private_connection.access.statements import as_policy, covers, listed, names, statements, touches
from tests.unit.builders import ACCOUNT, Json, a_trust

ACCEPT, CACHE = "ec2:AcceptVpcEndpointConnections", "elasticache:*"
SERVICES = "arn:aws:ec2:us-east-1:123456789012:vpc-endpoint-service/*"


@pytest.mark.parametrize(
    ("statement", "asked", "covering", "touching"),
    [
        ({"Action": "*"}, CACHE, True, True),
        ({"Action": ["s3:*", "elasticache:*"]}, CACHE, True, True),
        ({"Action": "ELASTICACHE:*"}, CACHE, True, True),
        ({"Action": "elasticache:Describe*"}, CACHE, False, True),
        ({"Action": "ec2:accept*"}, ACCEPT, True, True),
        ({"Action": "ec2:*"}, CACHE, False, False),
        ({"Action": []}, CACHE, False, False),
        ({}, CACHE, False, False),
        ({"NotAction": "iam:*"}, CACHE, True, True),
        ({"NotAction": "elasticache:Delete*"}, CACHE, False, True),
        ({"NotAction": ["iam:*", "elasticache:*"]}, CACHE, False, False),
        ({"NotAction": "*:Accept*"}, ACCEPT, False, False),
    ],
    ids=str,
)
def test_a_statement_covers_or_touches_actions(statement: Json, asked: str, covering: bool, touching: bool) -> None:
    assert (covers(statement, "Action", asked), touches(statement, "Action", asked)) == (covering, touching)


@pytest.mark.parametrize(
    ("statement", "asked", "covering", "touching"),
    [
        ({"Resource": "*"}, "*", True, True),
        ({"Resource": "*"}, SERVICES, True, True),
        ({"Resource": "arn:aws:ec2:*:*:vpc-endpoint-service/*"}, SERVICES, True, True),
        ({"Resource": "arn:aws:ec2:us-east-1:123456789012:vpc-endpoint-service/vpce-svc-1"}, SERVICES, False, True),
        ({"Resource": "arn:aws:ec2:eu-west-1:*:*"}, SERVICES, False, False),
        ({"Resource": SERVICES.upper()}, SERVICES, False, False),
        ({"Resource": SERVICES}, "*", False, True),
        ({"NotResource": "arn:aws:s3:::*"}, SERVICES, True, True),
        ({"NotResource": "arn:aws:s3:::*"}, "*", False, True),
        ({"NotResource": "arn:aws:ec2:*"}, SERVICES, False, False),
    ],
    ids=str,
)
def test_a_statement_covers_or_touches_resources(statement: Json, asked: str, covering: bool, touching: bool) -> None:
    assert (covers(statement, "Resource", asked), touches(statement, "Resource", asked)) == (covering, touching)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({"Principal": {"AWS": ACCOUNT}}, True),
        ({"Principal": {"AWS": "794031221915"}}, True),
        ({"Principal": {"AWS": ["123456789012", "794031221915"]}}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "123456789012"}}, False),
        ({"Principal": {"AWS": f"{ACCOUNT.removesuffix('root')}role/x"}}, False),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({}, False),
        ({"NotPrincipal": {"AWS": ACCOUNT}}, False),
        ({"NotPrincipal": {"AWS": "123456789012"}}, True),
    ],
    ids=str,
)
def test_a_statement_names_the_account(statement: Json, named: bool) -> None:
    assert names(statement, ACCOUNT) is named


def test_statements_are_one_or_a_list() -> None:
    (allowing,) = a_trust()["Statement"]
    denying = allowing | {"Effect": "Deny"}
    assert list(statements({"Statement": allowing}, "Allow")) == [allowing]
    assert list(statements({"Statement": [allowing, denying, "text"]}, "Deny")) == [denying]
    assert list(statements({}, "Allow")) == []


def test_a_document_that_is_none_says_nothing() -> None:
    assert as_policy(a_trust()) == a_trust()
    assert as_policy(None) == as_policy("text") == {}
    assert (listed(None), listed("a"), listed(["a"])) == ([], ["a"], ["a"])
