"""Situations that LocalStack recorded on AWS, each as a machine of our own: it ends as the recorded one ended.

The records: localstack/localstack, tests/aws/services/stepfunctions/v2, JSONata machines of November 2024 to February
2026. A case is named by the record's file and test. Names and numbers are AWS's, the machines are not LocalStack's.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.tests.engine_stage import FailError, Stage, machine, nested, task, wait

QUERY = "States.QueryEvaluationError"
LITERALS: dict[str, Any] = {
    "null": None,
    "int": 0,
    "float": 0.1,
    "bool": True,
    "text": "constant",
    "no expression": " {% states.input %} ",
    "path": "$.no.such.path",
    "context": "$$",
    "key.$": "$",
    "intrinsic": "States.Format('{}', 1)",
    "list": [None, 0, 0.1, True, [], {"a": 0}, "$no.such.variable"],
    "object": {},
}


@dataclass(frozen=True)
class Case:
    """How a machine ends: with an output, or with an error's name and a part of its cause."""

    record: str
    states: dict[str, Any]
    output: Any = None
    error: str | None = None
    cause: str = ""
    input: Any = None

    @property
    def ending(self) -> tuple[str, Any, str | None]:
        failed = self.error is not None or bool(self.cause)
        return ("FAILED", None, self.error) if failed else ("SUCCEEDED", self.output, None)


def one(**fields: object) -> dict[str, Any]:
    return {"A": {"Type": "Pass", "End": True, **fields}}


def then(fields: dict[str, object], expression: str) -> dict[str, Any]:
    """A Pass with these fields, and what is seen after it."""
    return {"A": {"Type": "Pass", "Next": "B", **fields}, "B": {"Type": "Succeed", "Output": f"{{% {expression} %}}"}}


def items(expression: object) -> dict[str, Any]:
    inner = {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "End": True}}}
    return {"M": {"Type": "Map", "Items": expression, "ItemProcessor": inner, "End": True}}


def chosen(**default: object) -> dict[str, Any]:
    rule = {"Condition": "{% $states.input.condition %}", "Output": "of the rule", "Assign": {"v": "rule"}}
    return {
        "C": {"Type": "Choice", "Choices": [{**rule, "Next": "T"}], "Default": "F", **default},
        "T": {"Type": "Succeed", "Output": "{% [$states.input, $v] %}"},
        "F": {"Type": "Fail", "Cause": "Condition is false"},
    }


def caught(state: dict[str, Any], **catcher: object) -> dict[str, Any]:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Z", **catcher}]
    return {"A": {**state, "Catch": catch}, "Z": {"Type": "Succeed", "Output": "{% $seen %}"}}


def scoped(how: str) -> dict[str, Any]:
    """The outer variable is read inside; what is assigned there is gone outside."""
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Assign": {"own": "{% $x %}"}, "Next": "J"}, "J": J}}
    held = {"Items": [1, 2, 3], "ItemProcessor": inner} if how == "Map" else {"Branches": [inner, SECOND]}
    outer = {"Type": how, **held, "Output": {"of": "{% $states.result %}", "own": "{% $exists($own) %}"}, "End": True}
    return {"A": {"Type": "Pass", "Assign": {"x": 42}, "Next": "O"}, "O": outer}


J = {"Type": "Pass", "Output": "{% $own %}", "End": True}
SECOND = {"StartAt": "K", "States": {"K": {"Type": "Pass", "Assign": {"own": 7}, "Output": "{% $x %}", "End": True}}}
BOTH = {"a": "{% $states.errorOutput.Error %}", "b": "{% $states.input %}"}
FAILING = {"StartAt": "X", "States": {"X": task(function="boom")}}
UNDEFINED = "specified for the field '{}' returned nothing (undefined)."
NO_ARRAY = (
    "specified for the field 'Items' returned an unexpected result type. Expected 'array', but was '{}' for value: {}"
)
PLAIN: list[Any] = [None, 1, 0.1, True, "text", []]
LISTS: list[Any] = [[], [1], [[1]], [1, 2]]
WRONG_ITEMS = [("null", "null"), ("1", "number"), ("'text'", "string"), ("true", "boolean"), ("{'a': 1}", "object")]

CASES = [
    # literals, expressions and what they may be
    Case("outputdecl BASE_EMPTY", one(Output={}), {}, input={"a": 1}),
    Case("outputdecl BASE_LITERALS", one(Output=LITERALS), LITERALS),
    Case("outputdecl BASE_DIRECT_EXPR", one(Output="{% 1 + 6 %}"), 7),
    *(Case(f"outputdecl any {value!r}", one(Output=value), value) for value in PLAIN),
    Case(
        "outputdecl LIST_RICH",
        one(Output=[1, "{% $states.input %}", {"k": True}]),
        [1, {"a": 1}, {"k": True}],
        input={"a": 1},
    ),
    Case("assign BASE_EMPTY", one(Assign={}), {"a": 1}, input={"a": 1}),
    Case("assign BASE_CONSTANT_LITERALS", then({"Assign": {"v": LITERALS["list"]}}, "$v"), LITERALS["list"]),
    Case("assign BASE_EVALUATION_ORDER", then({"Assign": {"v": 1, "w": "{% $exists($v) %}"}}, "[$v, $w]"), [1, False]),
    Case(
        "arguments BASE_LAMBDA_EMPTY",
        {"A": {**task(), "Arguments": {"FunctionName": "echo"}, "Output": "{% $states.result.Payload %}"}},
        {},
        input=1,
    ),
    Case("arguments BASE_LAMBDA_LITERALS", {"A": task(LITERALS, Output="{% $states.result.Payload %}")}, LITERALS),
    Case("test_escape_sequence_parsing COMPARISON_ASSIGN", then({"Assign": {"v": '"'}}, "$v = '\"'"), True),
    Case("test_escape_sequence_parsing STRING_LITERALS", one(Output={'k"\\é😀': 'v"\\\t😀'}), {'k"\\é😀': 'v"\\\t😀'}),
    # what is undefined
    Case("assign BASE_UNDEFINED_OUTPUT", one(Output="{% $nope %}"), error=QUERY, cause=UNDEFINED.format("Output")),
    Case(
        "assign BASE_UNDEFINED_OUTPUT_FIELD",
        one(Output={"r": "{% $nope %}"}),
        error=QUERY,
        cause=UNDEFINED.format("Output/r"),
    ),
    Case(
        "assign BASE_UNDEFINED_ASSIGN",
        one(Assign={"v": "{% $nope %}"}),
        error=QUERY,
        cause=UNDEFINED.format("Assign/v"),
    ),
    Case(
        "assign BASE_UNDEFINED_ARGUMENTS",
        {"A": {**task(), "Arguments": "{% $nope %}"}},
        error=QUERY,
        cause=UNDEFINED.format("Arguments"),
    ),
    Case(
        "assign BASE_UNDEFINED_ARGUMENTS_FIELD",
        {"A": task("{% $nope %}")},
        error=QUERY,
        cause=UNDEFINED.format("Arguments/Payload"),
    ),
    Case(
        "assign BASE_UNDEFINED_OUTPUT_MULTIPLE_STATES",
        then({"Output": "{% $nope %}"}, "1"),
        error=QUERY,
        cause="executing the state 'A' (entered at the event id #2)",
    ),
    # items
    *(
        Case(
            f"scenarios items {text}",
            items(f"{{% {text} %}}"),
            error=QUERY,
            cause=NO_ARRAY.format(kind, text.replace("'", '"').replace(" ", "")),
        )
        for text, kind in WRONG_ITEMS
    ),
    *(
        Case(
            f"scenarios items from a variable {text}",
            {"A": {"Type": "Pass", "Assign": {"v": f"{{% {text} %}}"}, "Next": "M"}, **items("{% $v %}")},
            error=QUERY,
            cause=f"was '{kind}' for value",
        )
        for text, kind in WRONG_ITEMS
    ),
    Case("scenarios items undefined", items("{% $nope %}"), error=QUERY, cause=UNDEFINED.format("Items")),
    Case(
        "scenarios items a function",
        items("{% function($x) {$x} %}"),
        error=QUERY,
        cause="returned an unsupported result type",
    ),
    *(Case(f"scenarios items {value}", items(f"{{% {value} %}}"), value) for value in LISTS),
    Case("scenarios items as a literal", items([1, "{% 2 %}", {"a": 3}]), [1, 2, {"a": 3}]),
    # choices
    Case("assign, output in choice CONDITION_TRUE", chosen(), ["of the rule", "rule"], input={"condition": True}),
    Case(
        "assign, output in choice CONDITION_FALSE",
        chosen(Output="default", Assign={"v": "default"}),
        cause="Condition is false",
        input={"condition": False},
    ),
    Case(
        "choice without a boolean",
        chosen(),
        error=QUERY,
        cause="Expected 'boolean', but was 'number' for value: 1",
        input={"condition": 1},
    ),
    # scopes
    Case("assign BASE_SCOPE_MAP", scoped("Map"), {"of": [42, 42, 42], "own": False}),
    Case("assign BASE_SCOPE_PARALLEL", scoped("Parallel"), {"of": [42, 42], "own": False}),
    # failures and catchers
    Case(
        "states_variables TASK_CATCH_ERROR_OUTPUT",
        caught(task(function="boom"), Assign={"seen": BOTH}),
        {"a": "Boom", "b": "in"},
        input="in",
    ),
    Case(
        "states_variables PARALLEL_CATCH_ERROR_OUTPUT",
        caught({"Type": "Parallel", "Branches": [FAILING], "End": True}, Assign={"seen": BOTH}),
        {"a": "Boom", "b": "in"},
        input="in",
    ),
    Case(
        "states_variables MAP_CATCH_ERROR_OUTPUT",
        caught({**items([1])["M"], "ItemProcessor": FAILING}, Assign={"seen": BOTH}),
        {"a": "Boom", "b": "in"},
        input="in",
    ),
    Case(
        "states_variables MAP_CATCH_ERROR_OUTPUT_WITH_RETRY",
        {"M": {**items([1])["M"], "ItemProcessor": {"StartAt": "A", "States": one(Output={"error": "{% $nope %}"})}}},
        error=QUERY,
        cause=UNDEFINED.format("Output/error"),
    ),
    Case(
        "timeouts, a map",
        {
            "M": {
                **items([1, 2])["M"],
                "ItemProcessor": {"StartAt": "S", "States": {"S": task(function="slow", TimeoutSeconds=5)}},
            }
        },
        error="States.Timeout",
    ),
    Case("timeouts, a task", {"A": task(function="slow", TimeoutSeconds=5)}, error="States.Timeout"),
    Case(
        "error_handling too large a result",
        caught(task(function="large"), Assign={"seen": "{% $states.errorOutput.Error %}"}),
        "States.DataLimitExceeded",
    ),
    Case(
        "error_handling too large an output",
        one(Output="{% $pad('', 270000, 'x') %}"),
        error="States.DataLimitExceeded",
        cause="The state/task 'A' returned a result with a size exceeding",
    ),
    Case(
        "services an argument of another type",
        {"A": task(function="{% 5 %}", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Z"}]), "Z": {"Type": "Succeed"}},
        error="States.Runtime",
        cause="could not be used to start the Task",
    ),
    Case("services no such function", {"A": task(function="none")}, error="Lambda.ResourceNotFoundException"),
    Case(
        "base RAISE_FAILURE",
        {"F": {"Type": "Fail", "Error": "SomeFailure", "Cause": "said"}},
        error="SomeFailure",
        cause="said",
    ),
    Case(
        "assign BASE_REFERENCE_IN_FAIL",
        {
            "A": {"Type": "Pass", "Assign": {"e": "Mine", "c": "why"}, "Next": "F"},
            "F": {"Type": "Fail", "Error": "{% $e %}", "Cause": "{% $c %}"},
        },
        error="Mine",
        cause="why",
    ),
    Case(
        "callback a nested execution that fails",
        {"N": nested("{% $states.input.arn %}")},
        error="States.TaskFailed",
        cause='{"Cause":"why","Error":"Mine"',
    ),
    # fields that are expressions
    Case(
        "evaluate_jsonata TimeoutSeconds",
        {"A": task(function="slow", TimeoutSeconds="{% 1 + 1 %}")},
        error="States.Timeout",
    ),
    Case("evaluate_jsonata MaxConcurrency", {"M": {**items([1, 2])["M"], "MaxConcurrency": "{% 1 %}"}}, [1, 2]),
    Case("evaluate_jsonata Seconds", {"W": wait("{% 2 %}", Output="waited")}, "waited"),
    Case("evaluate_jsonata a count that is a text", {"W": wait("{% '2' %}")}, error=QUERY),
    Case(
        "base wait until a moment",
        {"W": {"Type": "Wait", "Timestamp": "{% '2026-01-01T00:00:05Z' %}", "Output": "there", "End": True}},
        "there",
    ),
    # Step Functions' own functions
    Case(
        "intrinsic_functions_jsonata partition",
        one(Output="{% $partition([1, 2, 3, 4, 5], 2) %}"),
        [[1, 2], [3, 4], [5]],
    ),
    Case("intrinsic_functions_jsonata range", one(Output="{% $range(1, 9, 2) %}"), [1, 3, 5, 7, 9]),
    Case("intrinsic_functions_jsonata range of one", one(Output="{% $range(1, 1, 1) %}"), 1),
    Case("intrinsic_functions_jsonata parse", one(Output="{% $parse('{\"a\": [1, null]}') %}"), {"a": [1, None]}),
    Case("intrinsic_functions_jsonata random with a seed", one(Output="{% $random(0) = $random(0) %}"), True),
]


@pytest.mark.parametrize("case", CASES, ids=[case.record for case in CASES])
def test_it_ends_as_the_recorded_one(shared_stage: Stage, case: Case) -> None:
    stage = shared_stage
    stage.functions.handlers |= {
        "boom": boom,
        "slow": lambda event: stage.clock.sleep(100),
        "large": lambda event: "x" * 270_000,
    }
    given = case.input
    if "N" in case.states:
        given = {"arn": stage.create(machine({"F": {"Type": "Fail", "Error": "Mine", "Cause": "why"}}), "child")}
    played = stage.play(machine(case.states), given)
    assert (played.status, played.output, played.error) == case.ending
    assert case.cause in str(played.cause)


def boom(event: object) -> object:
    raise FailError("Boom")
