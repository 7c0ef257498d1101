"""Each function may call what its own role grants, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from sandbox.account import Account
from sandbox.authorization.enforcement import Enforcement, caller
from sandbox.deployment.resolver import TemplateError
from sandbox.deployment.template import Template
from sandbox.runs import RunReport
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / "small" / "template.yaml"


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(World(), seed=1, template=SMALL) as opened:
        yield opened


def call(account: Account, function: str) -> RunReport:
    return account.run("call", {"function": function, "event": None})


def test_a_function_calls_what_its_role_grants(account: Account) -> None:
    assert call(account, "Visitor").output == {"vpcs": 1, "function": "Visitor"}


def test_a_function_is_denied_what_its_role_does_not_grant(account: Account) -> None:
    report = call(account, "Trespasser")
    assert report.error == "ClientError"
    assert report.cause is not None
    assert "UnauthorizedOperation" in report.cause
    assert "Trespasser is not authorized to perform: ec2:DescribeVpcs" in report.cause
    assert report.api_calls == {"ec2:DescribeVpcs": 1}, "a refusal reached the service, and is not worth a retry"


def test_rights_end_with_the_invocation(account: Account) -> None:
    call(account, "Trespasser")
    assert caller.get() is None
    assert boto3.client("ec2").describe_vpcs()["Vpcs"]


def test_a_managed_policy_of_the_template_grants_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    document = '{Statement: [{Effect: Allow, Action: "ec2:Describe*", Resource: "*"}]}'
    file.write_text(
        "Resources:\n"
        f"  Look: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {document}}}}}\n"
        "  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f/, Handler: a.b, Policies: [!Ref Look]}}\n"
    )
    granted = Enforcement(Template(file, "us-east-1")).granted("F")
    assert granted.fullmatch("ec2:DescribeVpcs")
    assert not granted.fullmatch("ec2:CreateVpc")


@pytest.mark.parametrize(
    "policies",
    [
        "[LambdaInvokePolicy: {FunctionName: f}]",
        "[arn:aws:iam::aws:policy/AdministratorAccess]",
        '[{Statement: [{Effect: Deny, Action: "ec2:*", Resource: "*"}]}]',
    ],
)
def test_a_policy_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, policies: str) -> None:
    file = tmp_path / "template.yaml"
    properties = f"{{CodeUri: f/, Handler: a.b, Policies: {policies}}}"
    file.write_text(f"Resources: {{F: {{Type: AWS::Serverless::Function, Properties: {properties}}}}}")
    template = Template(file, "us-east-1")
    with pytest.raises(TemplateError, match="does not read"):
        Enforcement(template).granted("F")
