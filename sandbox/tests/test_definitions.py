"""What is refused when a machine is created. Each case changes one field of a definition that is accepted."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stepfunctions.definitions import check, name_problem, state_names
from sandbox.tests.engine_stage import Stage, machine, task, wait

Definition = dict[str, Any]
RETRY = {"ErrorEquals": ["A"]}
NOWHERE = "target: Nowhere at /States/"
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Failed", "Assign": {"cause": "{% $states.errorOutput.Cause %}"}}]
VALID = machine(
    {
        "Look": task(
            Next="Each", Assign={"found": "{% $states.result.Payload %}"}, Catch=CATCH, Retry=[{"ErrorEquals": ["A"]}]
        ),
        "Each": {
            "Type": "Map",
            "Items": "{% $found %}",
            "ItemProcessor": {"StartAt": "One", "States": {"One": task(Assign={"own": 1})}},
            "Next": "Both",
        },
        "Both": {"Type": "Parallel", "Branches": [{"StartAt": "Left", "States": {"Left": wait(1)}}], "Next": "Which?"},
        "Which?": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Done"}], "Default": "Failed"},
        "Done": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "Error": "E", "Cause": "{% $cause %}"},
    }
)


def changed(change: Callable[[Definition], object]) -> list[str]:
    definition = copy.deepcopy(VALID)
    change(definition)
    return check(json.dumps(definition))


def test_the_valid_one_is_accepted() -> None:
    assert check(json.dumps(VALID)) == []
    assert state_names(VALID) == ["Look", "Each", "Both", "Which?", "Done", "Failed", "One", "Left"]


def one(definition: Definition) -> Definition:
    return definition["States"]["Each"]["ItemProcessor"]["States"]["One"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d.update(StartAt="Nowhere"), "Missing 'StartAt' target: Nowhere at /StartAt"),
        (lambda d: d["States"]["Look"].update(Next="Nowhere"), "Missing 'Next' target: Nowhere at /States/Look/Next"),
        (
            lambda d: d["States"]["Look"]["Catch"][0].update(Next="Nowhere"),
            NOWHERE + "Look/Catch[0]/Next",
        ),
        (
            lambda d: d["States"]["Which?"].update(Default="Nowhere"),
            NOWHERE + "Which?/Default",
        ),
        (
            lambda d: d["States"]["Which?"]["Choices"][0].update(Next="One"),
            "target: One at /States/Which?/Choices[0]",
        ),
        (lambda d: d["States"].update(Lonely={"Type": "Succeed"}), 'State "Lonely" is not reachable.'),
        (
            lambda d: d["States"]["Both"]["Branches"][0]["States"].update(Done={"Type": "Succeed"}),
            "DUPLICATE_STATE_NAME",
        ),
        (lambda d: one(d).update(Assign={"found": 1}), "the variable 'found'"),
        (lambda d: one(d).update(Catch=[{**CATCH[0], "Next": "One"}]), "the variable 'cause'"),
        (lambda d: one(d).update(Assign={"states": 1}), "'states' cannot name a variable"),
        (lambda d: one(d).update(Assign={"a-b": 1}), "'a-b' cannot name a variable"),
        (lambda d: one(d).update(Next="One"), "either Next or End"),
        (lambda d: one(d).pop("End"), "either Next or End"),
        (lambda d: one(d).update(Type="Tusk"), "INVALID_TYPE"),
        (lambda d: one(d).update(ResultPath="$.x"), "Field 'ResultPath' is not supported"),
        (lambda d: d["States"]["Both"].update(TimeoutSeconds=5), "Field 'TimeoutSeconds' is not supported"),
        (lambda d: d["States"]["Done"].update(Catch=CATCH), "Field 'Catch' is not supported"),
        (lambda d: one(d).update(TimeoutSeconds="30"), "[INTEGER, JSONATA]"),
        (lambda d: d["States"]["Each"].update(MaxConcurrency="5"), "[INTEGER, JSONATA]"),
        (
            lambda d: d["States"]["Look"]["Catch"].append({"ErrorEquals": ["E"], "Next": "Failed"}),
            "stands alone and last",
        ),
        (lambda d: d["States"]["Look"]["Catch"][0].update(ErrorEquals=["States.ALL", "E"]), "stands alone and last"),
        (lambda d: d["States"]["Look"]["Retry"][0].update(ErrorEquals=[]), "ErrorEquals is never empty"),
        (lambda d: one(d).update(Output="{% 1 + %}"), "INVALID_JSONATA_EXPRESSION"),
        (lambda d: one(d).update(Output={"deep": ["{% name %}"]}), "'name' at the top level"),
        (lambda d: one(d).update(Output="{% $$ %}"), "Reference to '$$' is not supported."),
        (lambda d: one(d).update(Output="{% $found[x = $$.y] %}"), "Reference to '$$' is not supported."),
        (lambda d: one(d).update(Output="{% $states.bogus %}"), "Reference to '$states.bogus' is not supported."),
        (lambda d: d["States"]["Done"].update(Output="{% $states.result %}"), "no result"),
        (lambda d: d["States"]["Which?"]["Choices"][0].update(Output="{% $states.result %}"), "no result"),
        (lambda d: one(d)["Arguments"].update(Foo=1), 'The field "Foo" is not supported by Step Functions'),
        *((lambda d, n=n: one(d).update(TimeoutSeconds=n), "/TimeoutSeconds") for n in (0, -1, 1.5, True, 10**8)),
        *((lambda d, n=n: d.update(TimeoutSeconds=n), "at /TimeoutSeconds") for n in (0, 10**8)),
        (lambda d: one(d).update(Retry=[{**RETRY, "MaxDelaySeconds": 31_622_401}]), "/Retry[0]/MaxDelaySeconds"),
        (lambda d: one(d).update(Retry=[{**RETRY, "IntervalSeconds": 0}]), "/Retry[0]/IntervalSeconds"),
        (lambda d: one(d).update(Retry=[{**RETRY, "MaxAttempts": -1}]), "/Retry[0]/MaxAttempts"),
        (lambda d: one(d).update(Retry=[{**RETRY, "BackoffRate": 0.5}]), "/Retry[0]/BackoffRate"),
        (lambda d: d["States"]["Each"].update(ItemSelector="{% 1 %}"), "an ItemSelector that is an object"),
        (lambda d: d["States"]["Each"]["ItemProcessor"].update(QueryLanguage="JSONata"), "Field 'QueryLanguage'"),
        (lambda d: one(d).update(Output="{% $states.errorOutput.Cause %}"), "$states.errorOutput outside a Catch"),
        (lambda d: one(d)["Arguments"].update(Payload="{% $states.result %}"), "no result"),
        (
            lambda d: d["States"]["Each"]["ItemProcessor"].update(ProcessorConfig={"Mode": "DISTRIBUTED"}),
            "inline Maps only",
        ),
        (lambda d: d.pop("QueryLanguage"), "QueryLanguage is JSONata"),
    ],
)
def test_each_mistake_is_refused_by_its_name(change: Callable[[Definition], object], problem: str) -> None:
    problems = changed(change)
    assert any(problem in each for each in problems), problems


@pytest.mark.parametrize(
    "change",
    [
        lambda d: one(d).update(Comment="{% ( %}"),
        lambda d: d["States"]["Look"]["Catch"][0].update(Comment="{% name %}"),
        lambda d: d["States"]["Each"]["ItemProcessor"]["States"].update(One=task(Next="Two"), Two=task(Next="One")),
        lambda d: one(d).update(Output="{% $eval('1') %}"),
        lambda d: one(d).update(TimeoutSeconds=99_999_999, Retry=[{**RETRY, "MaxDelaySeconds": 31_622_400}]),
        lambda d: one(d).update(Retry=[{**RETRY, "MaxAttempts": 0, "IntervalSeconds": 1, "BackoffRate": 1}]),
    ],
    ids=["comment", "catchers comment", "an inner scope that goes round", "eval", "largest", "least"],
)
def test_what_looks_like_a_mistake_and_is_accepted(change: Callable[[Definition], object]) -> None:
    """Measured: floci-io/floci, docs/services/step-functions.md and its tests of validation."""
    assert changed(change) == []


def test_text_in_braces_is_text_where_no_expression_can_stand(stage: Stage) -> None:
    catch = [{"ErrorEquals": ["{% 'Boom' %}"], "Next": "Caught"}]
    states = {"A": task(Comment="{% ( %}", Catch=catch), "Caught": {"Type": "Succeed"}}
    assert stage.play(machine(states)).status == "SUCCEEDED"


def test_eval_fails_when_it_is_met(stage: Stage) -> None:
    """floci-io/floci 2737: refused at run time, T1006."""
    played = stage.play(machine({"A": {"Type": "Pass", "Output": "{% $eval('1') %}", "End": True}}))
    assert (played.status, played.error) == ("FAILED", "States.QueryEvaluationError")
    assert "T1006" in str(played.cause)


def test_a_machine_that_never_ends_is_refused() -> None:
    loop = machine({"A": wait(1, Next="B"), "B": wait(1, Next="A")})
    assert check(json.dumps(loop)) == ["MISSING_END_STATE: no state ends the machine"]


def test_text_that_is_no_json_and_text_that_is_too_long_are_refused() -> None:
    assert "INVALID_JSON" in check("{")[0]
    assert "larger than" in check(json.dumps({**VALID, "Comment": "x" * 1_048_576}))[0]


def test_the_refusal_comes_from_the_service(stage: Stage) -> None:
    with pytest.raises(ClientError, match="MISSING_TRANSITION_TARGET") as refused:
        stage.create({**VALID, "StartAt": "Nowhere"}, "m")
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"


@pytest.mark.parametrize("name", ["a", "a" * 80, "provision-1", "über_x.y"])
def test_names_that_an_execution_may_have(name: str) -> None:
    assert name_problem(name) is None
