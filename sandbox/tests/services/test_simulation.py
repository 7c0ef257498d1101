"""SimulatePrincipalPolicy. Sources: the docstring of services/simulation.py."""

import json
from typing import Any

import boto3
import pytest

from sandbox.tests.services.conftest import Aws

MACHINES = "arn:aws:states:us-east-1:123456789012:stateMachine:"


def document(effect: str, action: str, resource: str = "*") -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def decided(aws: Aws, arn: str, *resources: str) -> list[str]:
    given: dict[str, Any] = {"ResourceArns": list(resources)} if resources else {}
    answer = aws.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["states:StartExecution"], **given)
    return [each["EvalDecision"] for each in answer["EvaluationResults"]]


def a_role(aws: Aws) -> str:
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = aws.iam.create_role(
        RoleName="operator",
        Path="/people/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    return str(role["Role"]["Arn"])


def test_each_resource_is_decided_by_itself(corrected: Aws) -> None:
    arn = a_role(corrected)
    assert decided(corrected, arn) == ["implicitDeny"]
    corrected.iam.put_role_policy(
        RoleName="operator",
        PolicyName="runs",
        PolicyDocument=document("Allow", "states:Start*", f"{MACHINES}Provision"),
    )
    assert decided(corrected, arn, f"{MACHINES}Provision", f"{MACHINES}Other") == ["allowed", "implicitDeny"]
    made = corrected.iam.create_policy(PolicyName="stop", PolicyDocument=document("Deny", "states:*"))
    corrected.iam.attach_role_policy(RoleName="operator", PolicyArn=made["Policy"]["Arn"])
    assert decided(corrected, arn, f"{MACHINES}Provision") == ["explicitDeny"]


def test_the_groups_of_a_user_count(corrected: Aws) -> None:
    arn = corrected.iam.create_user(UserName="anna")["User"]["Arn"]
    corrected.iam.create_group(GroupName="operators")
    corrected.iam.put_group_policy(
        GroupName="operators", PolicyName="runs", PolicyDocument=document("Allow", "states:StartExecution")
    )
    assert decided(corrected, arn) == ["implicitDeny"]
    corrected.iam.add_user_to_group(GroupName="operators", UserName="anna")
    assert decided(corrected, arn) == ["allowed"]


def test_whoever_has_no_session_is_the_administrator(corrected: Aws) -> None:
    arn = boto3.client("sts").get_caller_identity()["Arn"]
    assert decided(corrected, arn, f"{MACHINES}Provision") == ["allowed"]


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:iam::123456789012:role/none", "NoSuchEntity"),
        ("arn:aws:iam::123456789012:user/none", "NoSuchEntity"),
        ("arn:aws:sts::123456789012:assumed-role/operator/me", "InvalidInput"),
        ("arn:aws:iam::123456789012:root", "InvalidInput"),
    ],
)
def test_only_what_has_policies_is_asked_for(corrected: Aws, arn: str, code: str) -> None:
    with corrected.refused(code):
        decided(corrected, arn)
