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
        (lambda d: d.update(StartAt="Nowhere"), "MISSING_TRANSITION_TARGET: 'Nowhere'"),
        (lambda d: d["States"]["Look"].update(Next="Nowhere"), "MISSING_TRANSITION_TARGET: 'Nowhere'"),
        (lambda d: d["States"]["Look"]["Catch"][0].update(Next="Nowhere"), "'Nowhere' of 'Look'"),
        (lambda d: d["States"]["Which?"].update(Default="Nowhere"), "'Nowhere' of 'Which?'"),
        (lambda d: d["States"]["Which?"]["Choices"][0].update(Next="One"), "'One' of 'Which?'"),
        (lambda d: d["States"].update(Lonely={"Type": "Succeed"}), "nothing leads to 'Lonely'"),
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
        (lambda d: one(d).update(Output="{% $eval('1') %}"), "$eval is not supported"),
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
