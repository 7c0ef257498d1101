"""What a role may do, against what Ververica needs, judged as IAM would decide."""

from typing import Final

import pytest

from private_connection.access.permissions import Permissions, lacks, needs
from private_connection.access.policies import policy_document
from private_connection.access.roles import Role
from private_connection.request.models import AccessPolicy
from tests.unit.builders import Json, a_role

ROLE: Final[Role] = a_role(tags={"Team": "blue"})
DOCUMENTED: Final[Json] = policy_document("documented", ROLE.arn, "us-east-1", "orders")
SCOPED: Final[Json] = policy_document("scoped", ROLE.arn, "us-east-1", "orders")
LOOKS: Final = ["ec2:DescribeVpcEndpointServices", "elasticache:*"]
SERVICES: Final = "arn:aws:ec2:us-east-1:123456789012:vpc-endpoint-service/*"


def saying(effect: str, action: object, resource: object = "*", condition: Json | None = None, **more: object) -> Json:
    conditions = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Action": action, "Resource": resource, **conditions, **more}


def allowing(action: object, resource: object = "*", condition: Json | None = None, **more: object) -> Json:
    """The documented policy, with the accepting allowed in another way."""
    return {"Statement": [saying("Allow", action, resource, condition, **more), saying("Allow", LOOKS)]}


def denying(action: object, resource: object = "*", condition: Json | None = None, **more: object) -> Json:
    return {"Statement": [*DOCUMENTED["Statement"], saying("Deny", action, resource, condition, **more)]}


def lacking(*policies: Json, access: AccessPolicy = "documented", boundary: Json | None = None) -> list[str]:
    named = {f"policy-{number}": each for number, each in enumerate(policies)}
    return lacks(Permissions(named, boundary=boundary), needs(access, ROLE, "us-east-1", "orders"))


ACCEPT: Final = "ec2:AcceptVpcEndpointConnections"
EVERYTHING: Final[Json] = {"Statement": saying("Allow", "*")}
ENOUGH: Final[list[Json]] = [
    DOCUMENTED,
    EVERYTHING,
    {"Statement": [saying("Allow", ["EC2:*", "elasticache:*"])]},
    {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]},
    allowing(ACCEPT, SERVICES),
    allowing("ec2:accept*", "arn:aws:ec2:*:123456789012:*"),
    allowing(ACCEPT, condition={"StringEquals": {"aws:ResourceTag/private-connection": ["users", "orders"]}}),
    allowing(ACCEPT, condition={"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}),
    allowing(ACCEPT, condition={"StringEquals": {"aws:PrincipalTag/team": "blue", "ec2:Region": "us-east-1"}}),
    denying("iam:*"),
    denying(ACCEPT, "arn:aws:ec2:eu-west-1:*:*"),
    denying("*", condition={"Bool": {"aws:SecureTransport": "false"}}),
    denying("*", condition={"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}}),
    denying(None, NotAction=["ec2:*", "elasticache:*"]),
    denying("*", condition={"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}),
]
TOO_LITTLE: Final[list[tuple[Json, str, str]]] = [
    ({"Statement": saying("Allow", LOOKS)}, ACCEPT, "no policy of it does"),
    ({}, ACCEPT, "no policy of it does"),
    (allowing(ACCEPT, f"{SERVICES.removesuffix('*')}vpce-svc-1"), ACCEPT, "no policy of it does"),
    (allowing(ACCEPT, "arn:aws:ec2:eu-west-1:123456789012:*"), ACCEPT, "no policy of it does"),
    (allowing(None, NotAction="ec2:Accept*"), ACCEPT, "no policy of it does"),
    (
        allowing(ACCEPT, condition={"StringEquals": {"aws:ResourceTag/private-connection": "users"}}),
        ACCEPT,
        "policy-0 allows it only with StringEquals aws:ResourceTag/private-connection",
    ),
    (
        allowing(ACCEPT, condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        ACCEPT,
        "policy-0 allows it only with IpAddress aws:SourceIp",
    ),
    (
        allowing(ACCEPT, condition={"StringEquals": {"aws:ResourceTag/team": "blue"}}),
        ACCEPT,
        "policy-0 allows it only with StringEquals aws:ResourceTag/team",
    ),
    (denying(ACCEPT), ACCEPT, "policy-0 denies it"),
    (denying("elasticache:Delete*"), "elasticache:*", "policy-0 denies it"),
    (denying("elasticache:*", "arn:aws:elasticache:*:*:cluster:prod-*"), "elasticache:*", "policy-0 denies it"),
    (denying(None, NotAction=["ec2:*", "elasticache:Describe*"]), "elasticache:*", "policy-0 denies it"),
    (
        denying(ACCEPT, condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        ACCEPT,
        "policy-0 denies it with NotIpAddress aws:SourceIp",
    ),
    (
        denying(ACCEPT, condition={"StringNotEquals": {"aws:ResourceTag/team": "blue"}}),
        ACCEPT,
        "policy-0 denies it with StringNotEquals aws:ResourceTag/team",
    ),
]


@pytest.mark.parametrize("policy", ENOUGH, ids=str)
def test_a_policy_that_allows_what_is_needed(policy: Json) -> None:
    assert lacking(policy) == []


@pytest.mark.parametrize(("policy", "action", "why"), TOO_LITTLE, ids=[str(row[0]) for row in TOO_LITTLE])
def test_a_policy_that_does_not(policy: Json, action: str, why: str) -> None:
    assert f"{action} ({why})" in lacking(policy)


def test_what_is_needed_may_be_spread_over_policies() -> None:
    accepting, looking = ({"Statement": saying("Allow", action)} for action in (ACCEPT, LOOKS))
    assert lacking(accepting, looking) == []
    assert lacking(looking, EVERYTHING, {"Statement": saying("Deny", ACCEPT)}) == [f"{ACCEPT} (policy-2 denies it)"]


def test_the_scoped_policy_is_enough_where_no_more_is_asked_for() -> None:
    assert lacking(SCOPED, access="scoped") == []
    assert lacking(DOCUMENTED, access="scoped") == []
    assert lacking(SCOPED) == ["elasticache:* (no policy of it does)"]
    reading = {"Statement": saying("Allow", [ACCEPT, "ec2:Describe*", "elasticache:Describe*"])}
    assert lacking(reading, access="scoped") == ["elasticache:List* (no policy of it does)"]


@pytest.mark.parametrize(
    ("boundary", "why"),
    [
        (EVERYTHING, None),
        (DOCUMENTED, None),
        ({"Statement": saying("Allow", LOOKS)}, "its permissions boundary does not"),
        ({}, "its permissions boundary does not"),
        (denying(ACCEPT), "its permissions boundary denies it"),
    ],
    ids=str,
)
def test_the_permissions_boundary_counts_too(boundary: Json, why: str | None) -> None:
    assert lacking(EVERYTHING, boundary=boundary)[:1] == ([f"{ACCEPT} ({why})"] if why else [])


def test_a_boundary_alone_allows_nothing() -> None:
    assert lacking(boundary=EVERYTHING)[0] == f"{ACCEPT} (no policy of it does)"


def test_in_another_partition_the_services_are_of_that_one() -> None:
    chinese = a_role(arn="arn:aws-cn:iam::123456789012:role/x")
    (accepting, *_) = needs("documented", chinese, "cn-north-1", "orders")
    assert accepting.resource == "arn:aws-cn:ec2:cn-north-1:123456789012:vpc-endpoint-service/*"
