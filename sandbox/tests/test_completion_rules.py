"""A machine that waits for executions is made only where its role may manage Step Functions' rule from the start."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.deployment.completion_rules import require_completion_rules
from sandbox.deployment.resolver import TemplateError
from sandbox.deployment.template import Template
from sandbox.world import World

RULE = "arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
ACTIONS = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
WAITS, STARTS = "startExecution.sync:2", "startExecution"


def document(*actions: str, resource: str = RULE) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def template(folder: Path, resource: str, more: dict[str, Any] | None = None, **properties: Any) -> Path:
    state = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:{resource}",
        "Arguments": {"StateMachineArn": "{% $states.context.StateMachine.Id %}"},
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Again", "States": {"Again": state}}
    (folder / "again.asl.json").write_text(json.dumps(definition))
    machine = {
        "Type": "AWS::Serverless::StateMachine",
        "Properties": {"DefinitionUri": "again.asl.json", **properties},
    }
    path = folder / "template.yaml"
    path.write_text(json.dumps({"Resources": {"Again": machine, **(more or {})}}))
    return path


def attached(kind: str) -> dict[str, Any]:
    """A policy beside the machine that is put into its role."""
    roles = {"Roles": [{"Ref": "AgainRole"}]} if kind == "AWS::IAM::Policy" else {"RoleName": {"Ref": "AgainRole"}}
    return {"More": {"Type": kind, "Properties": {"PolicyName": "More", "PolicyDocument": document(*ACTIONS), **roles}}}


@pytest.mark.parametrize("kind", ["AWS::IAM::Policy", "AWS::IAM::RolePolicy"])
def test_a_policy_that_is_put_into_the_role_comes_too_late(tmp_path: Path, kind: str) -> None:
    path = template(tmp_path, WAITS, attached(kind))
    with pytest.raises(TemplateError, match=r"Again: .* not authorized to create managed-rule .*PutTargets"):
        Account(World(), template=path)


@pytest.mark.parametrize("resource", ["startExecution.sync", WAITS])
@pytest.mark.parametrize("given", [document(*ACTIONS[1:]), document(*ACTIONS, resource="arn:aws:events:*:*:rule/Mine")])
def test_each_right_is_needed_on_the_rule(tmp_path: Path, resource: str, given: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match="managed-rule"):
        require_completion_rules(Template(template(tmp_path, resource, Policies=[given]), "us-east-1"))


def test_the_roles_own_policies_and_managed_ones_count(tmp_path: Path) -> None:
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(*ACTIONS[:1])}}
    policies = [{"Ref": "Managed"}, document(*ACTIONS[1:])]
    require_completion_rules(Template(template(tmp_path, WAITS, {"Managed": managed}, Policies=policies), "us-east-1"))


def test_what_waits_for_nothing_needs_no_rule(tmp_path: Path) -> None:
    require_completion_rules(Template(template(tmp_path, STARTS), "us-east-1"))
