"""Which name an error has, who may catch it, and what is told of it: as histories recorded on AWS have it.

The records are those of LocalStack's tests (localstack/localstack, tests/aws/services/stepfunctions/v2), named by file
and test; `floci` is floci-io/floci, whose contributors measured on AWS, by issue.
"""

import json
from typing import Any

import pytest

from sandbox.tests.engine_stage import FailError, Stage, machine, nested, task, wait

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = {"Caught": {"Type": "Succeed"}}
NOTHING = "{% $nothing %}"


def broken(stage: Stage, kind: str) -> dict[str, Any]:
    """The states of an iteration or a branch that fails with this name."""
    stage.functions.handlers |= {
        "slow": lambda event: stage.clock.sleep(100),
        "large": lambda event: "x" * 270_000,
    }
    if kind == "States.TaskFailed":
        child = stage.create(machine({"F": {"Type": "Fail", "Error": "E"}}), "child")
        return {"X": nested(child)}
    return {
        "States.QueryEvaluationError": {"X": {"Type": "Pass", "Output": NOTHING, "End": True}},
        "States.Timeout": {"X": task(function="slow", TimeoutSeconds=5)},
        "States.DataLimitExceeded": {"X": task(function="large", Output=1)},
        "States.Runtime": {"X": task(function="{% 5 %}")},
    }[kind]


def around(states: dict[str, Any], how: str, **fields: object) -> dict[str, Any]:
    inner = {"StartAt": "X", "States": states}
    held = {"Items": [1], "ItemProcessor": inner} if how == "Map" else {"Branches": [inner]}
    return {"O": {"Type": how, **held, "End": True, **fields}}


NAMES = ["States.QueryEvaluationError", "States.Timeout", "States.TaskFailed", "States.DataLimitExceeded"]


@pytest.mark.parametrize("how", ["Map", "Parallel"])
@pytest.mark.parametrize("kind", NAMES)
def test_an_error_of_the_service_keeps_its_name_and_is_caught_around_a_map_and_a_parallel(
    stage: Stage, kind: str, how: str
) -> None:
    """states_variables/test_error_output, a map with retry; timeouts/test_timeouts, a map."""
    states = broken(stage, kind)
    loose = stage.play(machine(around(states, how)), {})
    caught = stage.play(machine(around(states, how, Catch=CATCH_ALL) | CAUGHT), {})
    assert (loose.status, loose.error) == ("FAILED", kind)
    assert (caught.status, caught.output["Error"]) == ("SUCCEEDED", kind)


def test_a_timeout_that_is_caught_has_an_empty_cause(stage: Stage) -> None:
    """aws-samples/serverless-coffee-workshop issue 15 shows one, as AWS gives it."""
    states = broken(stage, "States.Timeout")
    alone = {"X": {**states["X"], "Catch": CATCH_ALL}}
    for played in (alone, *(around(states, how, Catch=CATCH_ALL) for how in ("Map", "Parallel"))):
        caught = stage.play(machine(played | CAUGHT), {})
        assert caught.output == {"Error": "States.Timeout", "Cause": ""}


@pytest.mark.parametrize("how", ["Map", "Parallel"])
def test_what_nobody_may_catch_is_not_caught_around_it_either(stage: Stage, how: str) -> None:
    large = {"X": {"Type": "Pass", "Output": "{% $states.input & $states.input %}", "End": True}}
    for states, name in ((large, "States.DataLimitExceeded"), (broken(stage, "States.Runtime"), "States.Runtime")):
        played = stage.play(machine(around(states, how, **_items(how), Catch=CATCH_ALL) | CAUGHT), ["x" * 140_000])
        assert (played.status, played.error) == ("FAILED", name)


def _items(how: str) -> dict[str, str]:
    return {"Items": "{% $states.input %}"} if how == "Map" else {"Arguments": "{% $states.input[0] %}"}


def test_a_result_that_is_too_large_is_caught_by_the_wildcard_and_by_its_name(stage: Stage) -> None:
    """error_handling/test_states_errors, a Lambda task that returns too much: the only catcher is States.ALL."""
    stage.functions.handlers["large"] = lambda event: "x" * 270_000
    for names in (["States.ALL"], ["States.DataLimitExceeded"]):
        catch = [{"ErrorEquals": names, "Next": "Caught"}]
        played = stage.play(machine({"A": task(function="large", Output=1, Catch=catch), **CAUGHT}))
        assert (played.status, played.output["Error"]) == ("SUCCEEDED", "States.DataLimitExceeded")
        assert "The state/task 'lambda' returned a result with a size exceeding" in played.output["Cause"]


@pytest.mark.parametrize("field", ["FunctionName", "StateMachineArn", "Name"])
def test_an_argument_that_must_be_a_text_ends_the_execution_before_the_call(stage: Stage, field: str) -> None:
    """services/test_apigetway_task_service, a text where a list is wanted; ASFHyP3/hyp3 2585 for the words."""
    state = task() if field == "FunctionName" else nested("machine")
    state["Arguments"][field] = "{% 5 %}"
    played = stage.play(machine({"A": {**state, "Catch": CATCH_ALL, "Retry": [RETRY_ALL]}, **CAUGHT}), {})
    assert (played.status, played.error) == ("FAILED", "States.Runtime")
    assert f"[The value for the field '{field}' must be a STRING]" in str(played.cause)
    assert played.events == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


RETRY_ALL = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}


def pass_(**fields: object) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def rules(*conditions: str, **fields: object) -> dict[str, Any]:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": each, "Next": "Caught", **fields} for each in conditions],
        "Default": "Caught",
    }


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("Output", pass_(Output=NOTHING)),
    ("Output/a/b[1]", pass_(Output={"a": {"b": [1, NOTHING]}})),
    ("Assign/x", pass_(Assign={"x": NOTHING})),
    ("Assign/x/y[0]", task(Assign={"x": {"y": [NOTHING]}})),
    ("Arguments/Payload/n", task({"n": NOTHING})),
    ("Output/n", task(Output={"n": NOTHING})),
    ("Choices[1]/Condition", rules("{% false %}", NOTHING)),
    ("Choices[0]/Output/n", rules("{% true %}", Output={"n": NOTHING})),
    ("Seconds", wait(NOTHING)),
    ("Timestamp", {"Type": "Wait", "Timestamp": NOTHING, "End": True}),
    (
        "Items",
        {"Type": "Map", "Items": NOTHING, "ItemProcessor": {"StartAt": "Y", "States": {"Y": pass_()}}, "End": True},
    ),
    ("Error", {"Type": "Fail", "Error": NOTHING}),
    ("TimeoutSeconds", task(TimeoutSeconds=NOTHING)),
]


@pytest.mark.parametrize(("field", "state"), WRONG, ids=[field for field, _ in WRONG])
def test_a_broken_expression_is_told_with_its_field_its_state_and_its_event(
    stage: Stage, field: str, state: dict[str, Any]
) -> None:
    """states_variables/test_error_output, map with retry; assign and outputdecl; floci 2665, 2689."""
    played = stage.play(machine({"A": state} | (CAUGHT if state["Type"] == "Choice" else {})), {})
    cause = (
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression "
        f"'$nothing' specified for the field '{field}' returned nothing (undefined)."
    )
    assert (played.status, played.error, played.cause) == ("FAILED", "States.QueryEvaluationError", cause)
    told = [each["evaluationFailedEventDetails"] for each in played.history if "evaluationFailedEventDetails" in each]
    assert told == [{"error": "States.QueryEvaluationError", "cause": cause, "location": field, "state": "A"}]


def test_a_broken_expression_is_told_once_an_attempt_and_its_catcher_reads_the_same_cause(stage: Stage) -> None:
    retry = [{"ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 2}]
    played = stage.play(machine({"A": task(Output=NOTHING, Retry=retry, Catch=CATCH_ALL), **CAUGHT}))
    assert played.events.count("EvaluationFailed") == 3
    assert str(played.output["Cause"]).startswith("An error occurred while executing the state 'A' (entered at")


def test_a_catchers_own_expression_fails_the_execution_at_its_place(stage: Stage) -> None:
    def fail(event: object) -> object:
        raise FailError("Boom")

    stage.functions.handlers["f"] = fail
    catch = [{"ErrorEquals": ["Other"], "Next": "Caught"}, {**CATCH_ALL[0], "Output": {"v": NOTHING}}]
    played = stage.play(machine({"A": task(function="f", Catch=catch), **CAUGHT}))
    assert (played.status, played.error) == ("FAILED", "States.QueryEvaluationError")
    assert "(entered at the event id #2)" in str(played.cause)
    assert "the field 'Catch[1]/Output/v'" in str(played.cause)
    assert played.events[-2:] == ["EvaluationFailed", "ExecutionFailed"]


def test_an_inner_states_error_is_told_once_with_the_inner_states_event(stage: Stage) -> None:
    """states_variables/test_error_output, map with retry: the same four last events, and the cause's one beginning."""
    played = stage.play(machine(around({"X": pass_(Output={"error": NOTHING})}, "Map")))
    assert played.events[-4:] == ["EvaluationFailed", "MapIterationFailed", "MapStateFailed", "ExecutionFailed"]
    assert str(played.cause).count("An error occurred") == 1
    assert "executing the state 'X' (entered at the event id #5)" in str(played.cause)


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [("null", "null", "null"), ("1", "number", "1"), ("'a'", "string", '"a"'), ("{'a':1}", "object", '{"a":1}')],
)
def test_a_value_of_another_type_is_told_with_its_type_and_itself(
    stage: Stage, value: str, kind: str, shown: str
) -> None:
    """scenarios/test_base_scenarios, items of the wrong type."""
    state = {**around({"X": pass_()}, "Map")["O"], "Items": f"{{% {value} %}}"}
    cause = stage.play(machine({"O": state})).cause
    assert f"returned an unexpected result type. Expected 'array', but was '{kind}' for value: {shown}" in str(cause)


def test_a_failed_states_texts_reach_the_catcher_as_they_are(stage: Stage) -> None:
    inner = {"X": {"Type": "Fail", "Error": "Mine", "Cause": json.dumps({"a": 'é"'})}}
    played = stage.play(machine(around(inner, "Parallel", Catch=CATCH_ALL) | CAUGHT))
    assert played.output == {"Error": "Mine", "Cause": json.dumps({"a": 'é"'})}
