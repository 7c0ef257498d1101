"""What a state gets of what it calls: recorded on AWS by LocalStack (tests/aws/services/stepfunctions/v2)."""

import json
from typing import Any

import pytest

from sandbox.stepfunctions.evaluation import size
from sandbox.tests.engine_stage import Stage, machine, nested, task, wait

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = {"Caught": {"Type": "Succeed"}}


def test_a_functions_result_comes_with_a_thousand_bytes_of_metadata(stage: Stage) -> None:
    """services/test_lambda_task_service: 730 bytes with the ids masked; developer guide, "Invoke an AWS Lambda function
    with Step Functions", for the headers."""
    result = stage.play(machine({"A": task()}), {"a": 1}).output
    assert list(result) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]
    http = result["SdkHttpMetadata"]
    assert (http["HttpStatusCode"], http["HttpHeaders"]["Content-Length"]) == (200, "8")
    assert {name: [value] for name, value in http["HttpHeaders"].items()} == http["AllHttpHeaders"]
    assert 850 < size(result) < 1100


def test_what_is_added_counts_so_a_payload_near_the_limit_is_too_large(stage: Stage) -> None:
    payload = 262_144 - 1000
    stage.functions.handlers["large"] = lambda event: "x" * event
    states = {"A": task("{% $states.input %}", "large", Output=1, Catch=CATCH_ALL), **CAUGHT}
    assert stage.play(machine(states), payload).output == 1
    assert stage.play(machine(states), payload + 900).output["Error"] == "States.DataLimitExceeded"


def test_a_result_that_fits_and_an_output_that_does_not_is_a_failure_that_nobody_catches(stage: Stage) -> None:
    """Just below the limit: cdklabs/construct-hub 1886."""
    stage.functions.handlers["large"] = lambda event: "x" * 131_000
    twice = "{% [$states.result, $states.result] %}"
    played = stage.play(machine({"A": task(function="large", Output=twice, Catch=CATCH_ALL), **CAUGHT}))
    assert (played.status, played.error) == ("FAILED", "States.DataLimitExceeded")


def test_an_execution_that_is_only_started_answers_with_metadata_too(stage: Stage) -> None:
    """services/test_sfn_task_service, starting an execution."""
    child = stage.create(machine({"W": wait(5)}), "child")
    state = {**nested(child), "Resource": "arn:aws:states:::states:startExecution"}
    result = stage.play(machine({"N": state}), {}).output
    assert list(result) == ["ExecutionArn", "StartDate", "SdkHttpMetadata", "SdkResponseMetadata"]


def cause_of(stage: Stage, child: dict[str, Any]) -> str:
    arn = stage.create(machine(child["States"], **child["fields"]), "child")
    played = stage.play(machine({"N": nested(arn, Catch=CATCH_ALL), **CAUGHT}), {"a": 1})
    assert played.output["Error"] == "States.TaskFailed"
    return str(played.output["Cause"])


def test_a_nested_failure_is_its_description_in_order_with_cause_and_error_first(stage: Stage) -> None:
    """callback/test_callback, an execution that fails and is waited for."""
    cause = cause_of(stage, {"States": {"F": {"Type": "Fail", "Error": "Mine", "Cause": "é"}}, "fields": {}})
    described = json.loads(cause)
    assert list(described) == sorted(described)
    assert cause.startswith('{"Cause":"é","Error":"Mine","ExecutionArn":')
    assert (described["InputDetails"], described["Status"]) == ({"Included": True}, "FAILED")
    assert {"StartDate", "StopDate", "Name", "Input", "StateMachineArn"} < described.keys()


def test_a_nested_execution_that_timed_out_has_neither_error_nor_cause(stage: Stage) -> None:
    """timeouts/test_timeouts, the machine's own (its description); floci-io/floci 2733."""
    described = json.loads(cause_of(stage, {"States": {"W": wait(900)}, "fields": {"TimeoutSeconds": 60}}))
    assert (described["Status"], "Error" in described, "Cause" in described) == ("TIMED_OUT", False, False)
    assert isinstance(described["StopDate"], int)


@pytest.mark.parametrize("details", ["InputDetails", "OutputDetails"])
def test_a_nested_success_has_its_details_with_a_capital_letter(stage: Stage, details: str) -> None:
    child = stage.create(machine({"W": wait(1)}), "child")
    assert stage.play(machine({"N": nested(child)}), {}).output[details] == {"Included": True}
