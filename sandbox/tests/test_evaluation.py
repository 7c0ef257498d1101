"""What a state's data may be: when variables change, what Output sees, what is caught, how large things are."""

from typing import Any

import pytest

from sandbox.tests.engine_stage import FailError, Stage, machine, task, wait

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = {"Caught": {"Type": "Succeed"}}
START_TIME = "$states.context.Execution.StartTime"
HALF = "x" * 131_000


@pytest.mark.parametrize("input", [None, [], [1, None], "text", '"quoted"', "[1]", 5, False, {"a": None}])
def test_any_json_is_an_input_and_reaches_a_function_as_it_is(stage: Stage, input: object) -> None:
    played = stage.play(machine({"A": task(Output="{% $states.result.Payload %}")}), input)
    assert (played.status, played.output) == ("SUCCEEDED", input)
    assert stage.functions.calls[0][2] == input


def test_a_task_without_a_payload_is_called_with_an_empty_object(stage: Stage) -> None:
    state = {**task(), "Arguments": {"FunctionName": "echo"}}
    assert stage.play(machine({"A": state}), 5).output["Payload"] == {}


def test_numbers_reach_a_function_as_json_prints_them(stage: Stage) -> None:
    stage.play(machine({"A": task({"port": "{% 12758 / 2 %}"})}))
    assert repr(stage.functions.calls[0][2]) == "{'port': 6379}"


def test_variables_change_when_the_state_ends_so_output_sees_the_old_ones(stage: Stage) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"v": 1}, "Next": "B"},
        "B": task(Assign={"v": "{% $v + 1 %}", "w": "{% $v %}"}, Output={"v": "{% $v %}"}, Next="C"),
        "C": {"Type": "Succeed", "Output": {"before": "{% $states.input %}", "now": "{% [$v, $w] %}"}},
    }
    assert stage.play(machine(states)).output == {"before": {"v": 1}, "now": [2, 1]}


def test_a_retry_begins_with_the_variables_that_the_state_began_with(stage: Stage) -> None:
    answers = iter(["first", "second"])
    stage.functions.handlers["f"] = lambda event: next(answers)
    output = "{% $states.result.Payload = 'first' ? $error('again') : $states.result.Payload %}"
    retry = [{"ErrorEquals": ["States.QueryEvaluationError"]}]
    states = {
        "N": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
        "A": task(function="f", Assign={"n": "{% $n + 1 %}"}, Output=output, Retry=retry, Next="B"),
        "B": {"Type": "Succeed", "Output": "{% [$states.input, $n] %}"},
    }
    assert stage.play(machine(states)).output == ["second", 1]


@pytest.mark.parametrize("field", ["Output", "Assign", "Arguments"])
def test_an_undefined_result_fails_the_state_and_can_be_caught(stage: Stage, field: str) -> None:
    given: dict[str, Any] = {"FunctionName": "echo", "Payload": "{% $states.input.absent %}"}
    value = given if field == "Arguments" else {"v": "{% $states.input.absent %}"}
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}]
    caught = stage.play(machine({"A": {**task(Catch=catch), field: value}, **CAUGHT}), {})
    loose = stage.play(machine({"A": {**task(), field: value}}), {})
    assert (caught.status, caught.output["Error"]) == ("SUCCEEDED", "States.QueryEvaluationError")
    assert (loose.status, loose.error) == ("FAILED", "States.QueryEvaluationError")
    assert "returned nothing (undefined)" in str(loose.cause)
    assert "'A'" in str(loose.cause)


def test_a_pass_that_yields_nothing_fails_the_execution(stage: Stage) -> None:
    played = stage.play(machine({"A": {"Type": "Pass", "Output": "{% $states.input.x %}", "End": True}}), {})
    assert played.error == "States.QueryEvaluationError"


def test_the_first_rule_that_is_true_decides_with_its_own_assign_and_output(stage: Stage) -> None:
    choice = {
        "Type": "Choice",
        "Default": "End",
        "Assign": {"by": "default"},
        "Output": "default",
        "Choices": [
            {"Condition": "{% $states.input.n > 5 %}", "Assign": {"by": "rule"}, "Output": "{% $by %}", "Next": "End"},
            {"Condition": "{% $states.input.n > 1 %}", "Next": "End"},
        ],
    }
    states = {
        "A": {"Type": "Pass", "Assign": {"by": "nobody"}, "Next": "C"},
        "C": choice,
        "End": {"Type": "Succeed", "Output": "{% [$by, $states.input] %}"},
    }
    assert stage.play(machine(states), {"n": 9}).output == ["rule", "nobody"]
    assert stage.play(machine(states), {"n": 3}).output == ["nobody", {"n": 3}]
    assert stage.play(machine(states), {"n": 0}).output == ["default", "default"]


@pytest.mark.parametrize("condition", ["{% 1 %}", "{% 'true' %}", "{% null %}", "{% $states.input.absent %}"])
def test_a_condition_is_a_boolean(stage: Stage, condition: str) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "Caught"}], "Default": "Caught"}
    assert stage.play(machine({"C": choice, **CAUGHT}), {}).error == "States.QueryEvaluationError"


def test_the_context_has_a_redrive_count_and_a_retry_count_only_where_a_state_is_tried_again(stage: Stage) -> None:
    """LocalStack's records: outputdecl/test_output, BASE_EXPR (a Pass); scenarios, a retry with extended input."""
    context = "{% $states.context %}"
    inner = {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "Output": context, "End": True}}}
    states = {
        "T": task(context, Output="{% $states.result.Payload %}", Next="P"),
        "P": {"Type": "Parallel", "Branches": [inner], "Output": "{% [$states.input, $states.result] %}", "End": True},
    }
    tried, passed = stage.play(machine(states)).output
    assert tried["Execution"]["RedriveCount"] == passed["Execution"]["RedriveCount"] == 0
    assert (tried["State"].get("RetryCount"), "RetryCount" in passed["State"]) == (0, False)


def test_strings_of_a_definition_are_read_as_json_wherever_they_stand(stage: Stage) -> None:
    """LocalStack's records: test_escape_sequence_parsing and the string literals of escape sequences."""
    text = 'a "b" \\ c \t é 😀'
    each = {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "End": True}}}
    states = {
        "A": {"Type": "Pass", "Assign": {"v": text, "w": {text: [text]}}, "Next": "M"},
        "M": {"Type": "Map", "Items": [1], "ItemSelector": {text: text}, "ItemProcessor": each, "Next": "Z"},
        "Z": {"Type": "Succeed", "Output": {text: "{% [$v, $w, $states.input, $v = 'a \"b\" \\\\ c \\t é 😀'] %}"}},
    }
    assert stage.play(machine(states)).output == {text: [text, {text: [text]}, {text: text}, True]}


def test_a_choice_where_nothing_matches_fails(stage: Stage) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Caught"}]}
    assert stage.play(machine({"C": choice, **CAUGHT})).error == "States.Runtime"


def test_the_context_is_written_as_aws_writes_it(stage: Stage) -> None:
    output = {
        "started": "{% " + START_TIME + " %}",
        "entered": "{% $states.context.State.EnteredTime %}",
        "seconds": "{% ($toMillis($states.context.State.EnteredTime) - $toMillis(" + START_TIME + ")) / 1000 %}",
        "name": "{% $states.context.Execution.Name %}",
        "state": "{% $states.context.State.Name %}",
        "input": "{% $states.context.Execution.Input %}",
        "machine": "{% $states.context.StateMachine.Name %}",
    }
    played = stage.play(machine({"W": wait(61, Next="A"), "A": {"Type": "Pass", "Output": output, "End": True}}), "in")
    assert played.output == {
        "started": "2026-01-01T00:00:00.000Z",
        "entered": "2026-01-01T00:01:01.000Z",
        "seconds": 61,
        "name": "play-1",
        "state": "A",
        "input": "in",
        "machine": "machine-1",
    }


# ---- sizes


@pytest.mark.parametrize("field", ["Output", "Assign", "Arguments"])
def test_too_much_data_fails_a_task_and_no_wildcard_catches_it(stage: Stage, field: str) -> None:
    twice: dict[str, Any] = {"a": "{% $states.input %}", "b": "{% $states.input & 'xx' %}"}
    value = {"FunctionName": "echo", "Payload": twice} if field == "Arguments" else twice
    state = {**task({}), field: value, "Catch": CATCH_ALL}
    named = {**state, "Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Caught"}]}
    assert stage.play(machine({"A": state, **CAUGHT}), HALF + HALF[:200]).error == "States.DataLimitExceeded"
    assert stage.play(machine({"A": named, **CAUGHT}), HALF + HALF[:200]).status == "SUCCEEDED"


def test_the_limit_is_counted_in_bytes_of_utf8_and_is_itself_allowed(stage: Stage) -> None:
    def output(half: int, more: str) -> str | None:
        text = f"{{% $states.input & $states.input & '{more}' %}}"
        return stage.play(machine({"A": {"Type": "Pass", "Output": text, "End": True}}), "é" * half).error

    assert output(65_535, "xx") is None, "262,142 bytes of text and two quotation marks"
    assert output(65_535, "xxx") == "States.DataLimitExceeded"


def test_a_runtime_error_is_never_caught(stage: Stage) -> None:
    def broken(event: object) -> object:
        raise FailError("States.Runtime")

    stage.functions.handlers["f"] = broken
    catch = [{"ErrorEquals": ["States.Runtime"], "Next": "Caught"}, *CATCH_ALL]
    assert stage.play(machine({"A": task(function="f", Catch=catch), **CAUGHT})).error == "States.Runtime"


def test_a_fail_states_texts_have_their_limits(stage: Stage) -> None:
    def fail(**fields: str) -> str | None:
        return stage.play(machine({"F": {"Type": "Fail", **fields}}), "e" * 257).error

    assert fail(Error="{% $substring($states.input, 0, 256) %}", Cause="c") == "e" * 256
    assert fail(Error="{% $states.input %}", Cause="c") == "States.Runtime"
    assert fail(Error="E", Cause="{% $pad('', 32768, 'c') %}") == "E"
    assert fail(Error="E", Cause="{% $pad('', 32769, 'c') %}") == "States.Runtime"
    assert fail(Error="E", Cause="{% {'not': 'text'} %}") == "States.QueryEvaluationError"
