"""A state that looks at an execution by itself, with no function between (an AWS SDK integration)."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.tests.engine_stage import Stage, machine, wait

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = {"Caught": {"Type": "Succeed"}}
CHILD = "arn:aws:states:us-east-1:123456789012:execution:child:"


def look(name: str, operation: str = "describeExecution") -> dict[str, Any]:
    resource = f"arn:aws:states:::aws-sdk:sfn:{operation}"
    arguments = {"ExecutionArn": CHILD + name}
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "Catch": CATCH_ALL, "End": True}


def start(stage: Stage, states: dict[str, Any], name: str) -> None:
    arn = stage.create(machine(states), "child")
    boto3.client("stepfunctions").start_execution(stateMachineArn=arn, name=name, input='{"a": 1}')
    stage.clock.run()


def test_members_have_capital_letters_and_moments_are_texts(stage: Stage) -> None:
    """Step Functions Developer Guide, "Learning to use AWS service SDK integrations": members in PascalCase."""
    start(stage, {"F": {"Type": "Fail", "Error": "Mine", "Cause": "why"}}, "failed")
    told = stage.play(machine({"L": look("failed"), **CAUGHT})).output
    assert (told["Status"], told["Error"], told["Cause"]) == ("FAILED", "Mine", "why")
    assert (json.loads(told["Input"]), told["InputDetails"]) == ({"a": 1}, {"Included": True})
    assert told["StartDate"].endswith("Z")
    assert all(key[0].isupper() for key in told)


def test_of_a_running_execution_there_is_no_error(stage: Stage) -> None:
    arn = stage.create(machine({"W": wait(60)}), "child")
    name = {"StateMachineArn": arn, "Name": "running", "Input": {}}
    begin = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Arguments": name, "Next": "L"}
    told = stage.play(machine({"S": begin, "L": look("running"), **CAUGHT})).output
    assert told["Status"] == "RUNNING"
    assert not {"Error", "Cause", "StopDate", "Output"} & told.keys()


def test_an_execution_that_does_not_exist_is_an_error_with_the_services_name(stage: Stage) -> None:
    """Step Functions Developer Guide, the same page; the same name is caught in public definitions."""
    stage.create(machine({"W": wait(60)}), "child")
    told = stage.play(machine({"L": look("nonesuch"), **CAUGHT})).output
    assert told["Error"] == "Sfn.ExecutionDoesNotExistException"


def test_a_look_is_told_to_whoever_judges_the_machines_calls(stage: Stage) -> None:
    heard: list[tuple[str, str, str]] = []
    stage.interpreter.callers.append(lambda *call: heard.append(call))
    stage.play(machine({"L": look("nonesuch"), **CAUGHT}))
    assert heard == [("machine-1", "states:DescribeExecution", f"{CHILD}nonesuch")]


def test_another_integration_is_refused_when_the_machine_is_made(stage: Stage) -> None:
    with pytest.raises(ClientError, match="the sandbox has no integration arn:aws:states:::aws-sdk:sfn:stopExecution"):
        stage.play(machine({"L": look("x", "stopExecution"), **CAUGHT}))
