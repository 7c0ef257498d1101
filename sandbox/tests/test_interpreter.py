"""Step Functions on the virtual clock: time, retries, branches, iterations, ends."""

import json
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.exceptions import InvalidName
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from sandbox.clock import START
from sandbox.runs import StopAt, When
from sandbox.stepfunctions import history
from sandbox.tests.engine_stage import FailError, Stage, machine, nested, stop, task, wait


def fail(kind: str, message: str = "") -> Any:
    def handler(event: object) -> object:
        raise FailError(kind, message)

    return handler


RETRY = {"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 2}
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = {"Caught": {"Type": "Succeed"}}


# ---- time


def test_a_task_takes_its_functions_time_and_five_events(stage: Stage) -> None:
    played = stage.play(machine({"A": task()}), {"a": 1})
    assert (played.status, played.output["Payload"], played.seconds) == ("SUCCEEDED", {"a": 1}, 1.0)
    assert played.events == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_a_wait_of_fifteen_minutes_passes_in_virtual_time(stage: Stage) -> None:
    played = stage.play(machine({"W": wait("{% $states.input.pause %}")}), {"pause": 900})
    assert (played.status, played.seconds, played.output) == ("SUCCEEDED", 900, {"pause": 900})


@pytest.mark.parametrize("seconds", ["{% '30' %}", "{% 1.5 %}", "{% -1 %}", "{% true %}", "{% 100000000 %}"])
def test_a_wait_takes_nothing_but_a_whole_number(stage: Stage, seconds: str) -> None:
    played = stage.play(machine({"W": wait(seconds)}))
    assert (played.status, played.error) == ("FAILED", "States.QueryEvaluationError")


def test_a_wait_until_a_moment_goes_by_the_virtual_clock(stage: Stage) -> None:
    states = {"W": {"Type": "Wait", "Timestamp": "{% $states.input %}", "End": True}}
    assert stage.play(machine(states), "2026-01-01T01:00:00Z").seconds == 3600


def test_the_machines_timeout_ends_it_inside_a_wait_of_an_iteration(stage: Stage) -> None:
    loop = {"W": wait(50, Next="T"), "T": task(Next="W")}
    states = {"M": {"Type": "Map", "Items": [1, 2], "ItemProcessor": {"StartAt": "W", "States": loop}, "End": True}}
    loop["T"]["Catch"] = [{"ErrorEquals": ["Never"], "Next": "End"}]
    loop["End"] = {"Type": "Succeed"}
    played = stage.play(machine(states, TimeoutSeconds=120))
    assert (played.status, played.seconds, played.events[-1]) == ("TIMED_OUT", 120, "ExecutionTimedOut")
    assert stage.clock.now() == START + 120


def test_a_task_that_outlives_its_timeout_fails_then_and_its_function_goes_on(stage: Stage) -> None:
    done: list[float] = []

    def slow(event: object) -> None:
        stage.clock.sleep(100)
        done.append(stage.clock.now())

    stage.functions.handlers["slow"] = slow
    states = {"A": task(function="slow", TimeoutSeconds=10, Catch=CATCH_ALL), **CAUGHT}
    played = stage.play(machine(states))
    assert (played.status, played.output["Error"], played.seconds) == ("SUCCEEDED", "States.Timeout", 10)
    assert "TaskTimedOut" in played.events
    assert done == [START + 101]


def test_a_timeout_may_be_an_expression(stage: Stage) -> None:
    stage.functions.handlers["slow"] = lambda event: stage.clock.sleep(100)
    played = stage.play(machine({"A": task(function="slow", TimeoutSeconds="{% 3 + 4 %}")}))
    assert (played.status, played.error, played.seconds) == ("FAILED", "States.Timeout", 7)


# ---- retries and catches


def test_retries_back_off_up_to_their_longest_delay_and_are_billed(stage: Stage) -> None:
    stage.functions.handlers["busy"] = fail("Busy")
    states = {"A": task(function="busy", Retry=[{**RETRY, "MaxAttempts": 4, "MaxDelaySeconds": 5}])}
    played = stage.play(machine(states))
    assert (played.status, played.error) == ("FAILED", "Busy")
    assert [at - START for at, _, _ in stage.functions.calls] == [0, 3, 8, 14, 20]
    assert played.transitions == 5


def test_full_jitter_spreads_the_delay_and_the_seed_decides_how(stage: Stage) -> None:
    stage.functions.handlers["busy"] = fail("Busy")
    retry = {**RETRY, "IntervalSeconds": 100, "MaxAttempts": 20, "BackoffRate": 1, "JitterStrategy": "FULL"}
    stage.play(machine({"A": task(function="busy", Retry=[retry])}))
    calls = [at for at, _, _ in stage.functions.calls]
    delays = [later - earlier - 1 for earlier, later in pairwise(calls)]
    assert len({round(delay, 3) for delay in delays}) == 20
    assert 0 <= min(delays) < 25
    assert 75 < max(delays) <= 100


def test_each_retrier_counts_its_own_attempts(stage: Stage) -> None:
    kinds = iter(["Busy", "Other", "Busy", "Other", "Other"])
    stage.functions.handlers["f"] = lambda event: fail(next(kinds))(event)
    retry = [{**RETRY, "MaxAttempts": 2}, {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    played = stage.play(machine({"A": task(function="f", Retry=retry)}))
    assert (played.error, len(stage.functions.calls)) == ("Other", 5)


def test_the_retry_count_is_in_the_context(stage: Stage) -> None:
    stage.functions.handlers["busy"] = lambda event: event if event == 2 else fail("Busy")(event)
    states = {"A": task("{% $states.context.State.RetryCount %}", "busy", Retry=[RETRY])}
    assert stage.play(machine(states)).output["Payload"] == 2


def test_a_lambda_error_reaches_the_catch_with_its_cause_whatever_quotes_are_in_it(stage: Stage) -> None:
    stage.functions.handlers["f"] = fail("Boom", 'a "b" \\ c\nd')
    catch = [{"ErrorEquals": ["Boom"], "Next": "Failed", "Assign": {"cause": "{% $states.errorOutput.Cause %}"}}]
    states = {
        "A": task(function="f", Catch=catch),
        "Failed": {"Type": "Fail", "Error": "{% 'Not' & 'Now' %}", "Cause": "{% $parse($cause).errorMessage %}"},
    }
    played = stage.play(machine(states))
    assert (played.status, played.error, played.cause) == ("FAILED", "NotNow", 'a "b" \\ c\nd')


def test_a_caught_error_is_the_next_input_unless_output_says_otherwise(stage: Stage) -> None:
    stage.functions.handlers["f"] = fail("Boom", "x")
    output = {"failure": "{% $states.errorOutput.Error %}", "of": "{% $states.input.node %}"}
    plain = stage.play(machine({"A": task(function="f", Catch=CATCH_ALL), **CAUGHT}), {"node": 1})
    told = stage.play(
        machine({"A": task(function="f", Catch=[{**CATCH_ALL[0], "Output": output}]), **CAUGHT}), {"node": 1}
    )
    assert json.loads(plain.output["Cause"]) == {"errorMessage": "x", "errorType": "Boom"}
    assert told.output == {"failure": "Boom", "of": 1}


def test_a_function_that_does_not_exist_is_lambdas_own_error(stage: Stage) -> None:
    assert stage.play(machine({"A": task(function="none")})).error == "Lambda.ResourceNotFoundException"


@pytest.mark.parametrize(("wildcard", "caught"), [("States.ALL", True), ("States.TaskFailed", False)])
def test_the_wildcard_for_failed_tasks_leaves_timeouts_out(stage: Stage, wildcard: str, caught: bool) -> None:
    stage.functions.handlers["slow"] = lambda event: stage.clock.sleep(100)
    catch = [{"ErrorEquals": [wildcard], "Next": "Caught"}]
    played = stage.play(machine({"A": task(function="slow", TimeoutSeconds=5, Catch=catch), **CAUGHT}))
    assert (played.status == "SUCCEEDED") is caught


# ---- Parallel and Map


def test_branches_run_side_by_side_and_their_results_keep_their_order(stage: Stage) -> None:
    branches = [{"StartAt": f"W{n}", "States": {f"W{n}": wait(n, Output=f"{{% {n} %}}")}} for n in (900, 5)]
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": branches,
            "Assign": {"sum": "{% $sum($states.result) %}"},
            "Output": {"first": "{% $states.result[0] %}", "was": "{% $states.input %}"},
            "Next": "End",
        },
        "End": {"Type": "Succeed", "Output": {"sum": "{% $sum %}", "before": "{% $states.input %}"}},
    }
    played = stage.play(machine(states), "in")
    assert played.seconds == 900
    assert played.output == {"sum": 905, "before": {"first": 900, "was": "in"}}


def test_a_branch_that_fails_ends_its_siblings_waits_at_once(stage: Stage) -> None:
    stage.functions.handlers["f"] = fail("Boom")
    branches = [{"StartAt": "F", "States": {"F": task(function="f")}}, {"StartAt": "W", "States": {"W": wait(900)}}]
    states = {"P": {"Type": "Parallel", "Branches": branches, "Catch": CATCH_ALL, "End": True}, **CAUGHT}
    played = stage.play(machine(states))
    assert (played.output["Error"], played.seconds) == ("Boom", 1)
    assert stage.clock.now() == START + 1


def test_a_branch_that_fails_lets_a_running_function_finish_but_starts_nothing_more(stage: Stage) -> None:
    stage.functions.handlers |= {"f": fail("Boom"), "slow": lambda event: stage.clock.sleep(60)}
    slow = {"S": task(function="slow", Next="After"), "After": task(function="echo")}
    branches = [{"StartAt": "F", "States": {"F": task(function="f")}}, {"StartAt": "S", "States": slow}]
    played = stage.play(machine({"P": {"Type": "Parallel", "Branches": branches, "End": True}}))
    assert (played.status, played.error, played.seconds) == ("FAILED", "Boom", 1)
    assert [name for _, name, _ in stage.functions.calls] == ["f", "slow"]
    assert stage.clock.now() == START + 61


def over(items: object, states: dict[str, Any], **fields: object) -> dict[str, Any]:
    processor = {"StartAt": next(iter(states)), "States": states}
    return {"M": {"Type": "Map", "Items": items, "ItemProcessor": processor, "End": True, **fields}}


def test_a_map_runs_as_many_at_once_as_it_may(stage: Stage) -> None:
    states = over("{% [1..6] %}", {"W": wait(10)}, MaxConcurrency="{% 1 + 1 %}")
    played = stage.play(machine(states))
    assert (played.output, played.seconds) == ([1, 2, 3, 4, 5, 6], 30)


def test_an_inline_map_never_runs_more_than_forty_at_once(stage: Stage) -> None:
    assert stage.play(machine(over("{% [1..90] %}", {"W": wait(10)}))).seconds == 30


def test_an_empty_map_and_one_of_a_single_item_are_lists(stage: Stage) -> None:
    states = over("{% [$states.input[x > 1]] %}", {"T": task(Output="{% $states.result.Payload %}")})
    assert stage.play(machine(states), [{"x": 1}]).output == []
    assert stage.play(machine(states), [{"x": 1}, {"x": 2}]).output == [{"x": 2}]


def test_items_that_are_no_list_fail_the_state(stage: Stage) -> None:
    played = stage.play(machine(over("{% $states.input[x > 1] %}", {"W": wait(1)})), [{"x": 1}, {"x": 2}])
    assert played.error == "States.QueryEvaluationError"


def test_the_item_is_in_the_context_of_the_item_selector_alone(stage: Stage) -> None:
    """Developer guide, "Context object data for Map states": promised for the Map's fields; floci-io/floci 1588 did not
    see it in the states inside. A definition that needs it there has its ItemSelector hand it on."""
    selector = {"i": "{% $states.context.Map.Item.Index %}", "v": "{% $states.context.Map.Item.Value %}"}
    inner = {"Y": {"Type": "Pass", "Output": "{% [$states.input, $exists($states.context.Map)] %}", "End": True}}
    branch = {"StartAt": "Y", "States": inner}
    states = {
        "T": task("{% [$states.input, $exists($states.context.Map)] %}", Output="{% $states.input %}", Next="P"),
        "P": {"Type": "Parallel", "Branches": [branch], "End": True},
    }
    played = stage.play(machine(over(["a", "b"], states, ItemSelector=selector)), "whole")
    assert played.output == [[[{"i": n, "v": v}, False]] for n, v in enumerate("ab")]
    assert [call[2] for call in stage.functions.calls] == [[{"i": n, "v": v}, False] for n, v in enumerate("ab")]
    assert {each.index for each in stage.moments if each.state == "Y"} == {0, 1}, "a watcher is told which one it is"


def test_a_map_without_items_takes_its_input_with_an_item_selector_too(stage: Stage) -> None:
    """LocalStack's records, scenarios/test_base_scenarios, a Map's inline configuration without Items."""
    states = over(None, {"Y": {"Type": "Pass", "End": True}})
    del states["M"]["Items"]
    selected = {"M": {**states["M"], "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}", "of": 1}}}
    assert stage.play(machine(states), [1, 2]).output == [1, 2]
    assert stage.play(machine(selected), [1, 2]).output == [{"v": 1, "of": 1}, {"v": 2, "of": 1}]


def test_an_item_selector_sees_the_maps_input_and_the_item(stage: Stage) -> None:
    selector = {"item": "{% $states.context.Map.Item.Value %}", "all": "{% $states.input.of %}"}
    states = over("{% $states.input.l %}", {"Y": {"Type": "Pass", "End": True}}, ItemSelector=selector)
    assert stage.play(machine(states), {"l": [1, 2], "of": "x"}).output == [{"item": n, "all": "x"} for n in (1, 2)]


def test_an_iteration_that_fails_aborts_the_others(stage: Stage) -> None:
    stage.functions.handlers["f"] = lambda event: fail("Boom")(event) if event else stage.clock.sleep(60)
    states = over([False, True, False], {"T": task(function="f", Next="W"), "W": wait(900)}, Catch=CATCH_ALL) | CAUGHT
    played = stage.play(machine(states))
    assert (played.output["Error"], played.seconds) == ("Boom", 1)
    assert stage.clock.now() == START + 61
    assert "WaitStateEntered" not in played.events


def test_variables_of_an_iteration_are_its_own(stage: Stage) -> None:
    states = {
        "Y": {"Type": "Pass", "Assign": {"mine": "{% $states.input * $factor %}"}, "Next": "Z"},
        "Z": {"Type": "Pass", "Output": "{% $mine %}", "End": True},
    }
    first = {"Type": "Pass", "Assign": {"factor": 10}, "Next": "M"}
    assert stage.play(machine({"First": first, **over([1, 2], states)})).output == [10, 20]


# ---- ends


def test_the_history_has_its_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert history.MOST_EVENTS == 25_000
    monkeypatch.setattr(history, "MOST_EVENTS", 1000)  # the real one takes as long as a hundred other tests
    loop = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [CHOICE], "Default": "A"}}
    played = stage.play(machine({**loop, "End": {"Type": "Succeed"}}))
    assert (played.status, played.error) == ("FAILED", "States.Runtime")
    assert played.cause == "The execution reached the maximum number of history events (1000)."
    assert (len(played.events), played.events[-1]) == (1000, "ExecutionFailed")


CHOICE = {"Condition": "{% false %}", "Next": "End"}


def test_the_historys_limit_ends_a_map_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_EVENTS", 500)
    loop = {
        "A": wait(1, Next="B"),
        "B": {"Type": "Choice", "Choices": [CHOICE], "Default": "A"},
        "End": {"Type": "Succeed"},
    }
    played = stage.play(machine(over([1, 2, 3], loop, Catch=CATCH_ALL) | CAUGHT))
    assert (played.status, played.error, len(played.events)) == ("FAILED", "States.Runtime", 500)


def test_an_execution_that_is_started_without_a_name_has_one_of_its_own(stage: Stage) -> None:
    """API reference, StartExecution: the name is optional; LocalStack's recorded executions begin without."""
    arn = stage.create(machine({"W": wait(1)}), "m")
    client = boto3.client("stepfunctions")
    names = {client.start_execution(stateMachineArn=arn)["executionArn"].split(":")[-1] for _ in range(2)}
    stage.clock.run()
    assert [len(name) for name in names] == [36, 36]


@pytest.mark.parametrize("name", ["", "a" * 81, "a b", "a:b"])
def test_an_executions_name_is_checked(stage: Stage, name: str) -> None:
    arn = stage.create(machine({"W": wait(1)}), "m")
    backend = _backend()
    with pytest.raises(InvalidName, match="Invalid Name"):
        backend.start_execution(arn, name, "{}")


def _backend() -> Any:
    return stepfunctions_parser_backends["123456789012"]["us-east-1"]


@pytest.mark.parametrize("text", ["", "{", "a", "[" * 200_000], ids=["nothing", "cut off", "no value", "too deep"])
def test_an_input_that_is_no_json_is_refused_with_its_error_code(stage: Stage, text: str) -> None:
    arn = stage.create(machine({"W": wait(1)}), "m")
    with pytest.raises(stage.client.exceptions.InvalidExecutionInput, match="not valid"):
        stage.client.start_execution(stateMachineArn=arn, input=text)


def test_an_input_over_the_quota_is_refused(stage: Stage) -> None:
    with pytest.raises(ClientError, match="262144"):
        stage.play(machine({"W": wait(1)}), "x" * 262_143)


# ---- stops

LOOP = {
    "A": task(Next="W", Catch=CATCH_ALL),
    "W": wait(10, Next="C"),
    "C": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Caught"}], "Default": "A"},
    **CAUGHT,
}


@pytest.mark.parametrize(
    ("at", "seconds", "calls"),
    [
        (stop("A", 1, "before"), 0, 0),
        (stop("A", 1, "after"), 1, 1),
        (stop("W", 1, "before"), 1, 1),
        (stop("W", 1, "after"), 11, 1),
        (stop("C", 1, "after"), 11, 1),
        (stop("A", 3, "before"), 22, 2),
        (stop("A", 3, "after"), 23, 3),
    ],
)
def test_a_stop_comes_before_a_state_or_when_its_function_has_answered(
    stage: Stage, at: StopAt, seconds: float, calls: int
) -> None:
    played = stage.play(machine(LOOP), stop=at)
    assert (played.status, played.seconds, played.stopped) == ("ABORTED", seconds, True)
    assert len(stage.functions.calls) == calls
    assert played.events[-1] == "ExecutionAborted"
    if at.when == "after" and at.state == "A":
        assert played.events.count("TaskSucceeded") == calls - 1, "the answer is lost"


def test_a_stop_counts_entries_over_all_iterations_and_reaches_every_branch(stage: Stage) -> None:
    states = over([1, 2, 3], {"T": task(Next="W"), "W": wait(900)})
    played = stage.play(machine(states), stop=stop("W", 2, "before"))
    assert (played.status, played.seconds, stage.clock.now() - START) == ("ABORTED", 1, 1)
    assert played.events.count("WaitStateEntered") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stop_in_one_branch_keeps_the_others_from_starting(stage: Stage, when: When) -> None:
    branches = [{"StartAt": f"T{n}", "States": {f"T{n}": {"Type": "Pass", "End": True}}} for n in range(3)]
    each = {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "End": True}}}
    branches.append(
        {"StartAt": "M", "States": {"M": {"Type": "Map", "Items": [1], "ItemProcessor": each, "End": True}}}
    )
    played = stage.play(
        machine({"P": {"Type": "Parallel", "Branches": branches, "End": True}}), stop=stop("T0", 1, when)
    )
    assert (played.status, played.seconds) == ("ABORTED", 0)
    assert played.events.count("PassStateEntered") == (when == "after")
    assert "MapStateEntered" not in played.events


def test_a_stop_that_is_never_reached_says_so(stage: Stage) -> None:
    played = stage.play(machine({"A": task()}), stop=stop("A", 2, "before"))
    assert (played.status, played.stopped) == ("SUCCEEDED", False)


def test_a_stop_reaches_an_end_before_it_ends(stage: Stage) -> None:
    states = {"A": task(Next="F"), "F": {"Type": "Fail", "Error": "E"}}
    assert stage.play(machine(states), stop=stop("F", 1, "before")).status == "ABORTED"
    assert stage.play(machine(states), stop=stop("F", 1, "after")).status == "ABORTED"


def test_a_stop_during_a_function_comes_when_it_has_begun_and_it_goes_on(stage: Stage) -> None:
    done: list[float] = []

    def slow(event: object) -> None:
        stage.clock.sleep(60)
        done.append(stage.clock.now() - START)

    stage.functions.handlers["slow"] = slow
    played = stage.play(machine({"A": task(Next="B"), "B": task(function="slow")}), stop=stop("B", 1, "during"))
    assert (played.status, played.seconds, played.stopped) == ("ABORTED", 1, True)
    assert done == [62], "what the function does after its caller was stopped, it does"
    assert played.events[-3:] == ["TaskScheduled", "TaskStarted", "ExecutionAborted"]
    assert stage.clock.now() - START == 62, "the clock runs until it has ended too"


def test_a_stop_during_one_iteration_leaves_the_functions_of_the_others_running(stage: Stage) -> None:
    states = over([1, 2, 3], {"T": task(Next="W"), "W": wait(900)})
    played = stage.play(machine(states), stop=stop("T", 2, "during"))
    assert (played.status, played.seconds, len(stage.functions.calls)) == ("ABORTED", 0, 3)
    assert played.events.count("TaskSucceeded") == 0


def test_a_function_that_takes_no_time_has_begun_before_its_answer_is_lost(stage: Stage) -> None:
    stage.functions.seconds = 0
    played = stage.play(machine({"A": task()}), stop=stop("A", 1, "during"))
    assert (played.status, len(stage.functions.calls), played.seconds) == ("ABORTED", 1, 0)


# ---- nested executions


def test_a_nested_execution_is_waited_for_and_its_output_is_json(stage: Stage) -> None:
    child = stage.create(machine({"W": wait(300, Next="T"), "T": task(Output="{% $states.result.Payload %}")}), "child")
    played = stage.play(machine({"N": nested(child, Output="{% $states.result.Output %}")}), {"a": [1]})
    assert (played.status, played.output, played.seconds) == ("SUCCEEDED", {"a": [1]}, 301)


def test_a_nested_execution_that_fails_is_a_failed_task_that_tells_why(stage: Stage) -> None:
    child = stage.create(machine({"F": {"Type": "Fail", "Error": "Mine", "Cause": "why"}}), "child")
    cause = {"Output": "{% $parse($states.errorOutput.Cause).[Error, Cause, Status] %}"}
    states = {"N": nested(child, Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught", **cause}]), **CAUGHT}
    assert stage.play(machine(states), {}).output == ["Mine", "why", "FAILED"]


@pytest.mark.parametrize("fields", [{}, {"TimeoutSeconds": 60, "Catch": CATCH_ALL}])
def test_a_nested_execution_is_stopped_with_its_caller(stage: Stage, fields: dict[str, Any]) -> None:
    child = stage.create(machine({"T": task(Next="W"), "W": wait(9000, Next="T2"), "T2": task()}), "child")
    timeout = {} if fields else {"TimeoutSeconds": 60}
    played = stage.play(machine({"N": nested(child, **fields), **(CAUGHT if fields else {})}, **timeout), {})
    assert (played.status, played.seconds) == ("SUCCEEDED" if fields else "TIMED_OUT", 60)
    children = [each for arn, each in stage.interpreter.executions.items() if ":child:" in arn]
    assert [each.exec_status.value for each in children] == ["ABORTED"]
    assert len(stage.functions.calls) == 1


@pytest.mark.parametrize(
    ("when", "status", "seconds"), [("before", None, 0), ("during", "SUCCEEDED", 301), ("after", "SUCCEEDED", 301)]
)
def test_a_stop_during_a_nested_execution_leaves_it_to_its_end(
    stage: Stage, when: When, status: str | None, seconds: float
) -> None:
    """Developer guide, "Run a Job (.sync)": Step Functions makes a best-effort attempt to cancel the task."""
    child = stage.create(machine({"W": wait(300, Next="T"), "T": task()}), "child")
    played = stage.play(machine({"N": nested(child)}), {}, stop=stop("N", 1, when))
    assert (played.status, played.seconds) == ("ABORTED", 301 if when == "after" else 0)
    children = [each.status for arn, each in stage.interpreter.executions.items() if ":child:" in arn]
    assert children == ([status] if status else [])
    assert stage.clock.now() - START == seconds


def test_a_stop_during_a_function_of_a_nested_execution_stops_both(stage: Stage) -> None:
    child = stage.create(machine({"T": task(Next="W"), "W": wait(300)}), "child")
    played = stage.play(machine({"N": nested(child)}), {}, stop=stop("T", 1, "during"))
    children = [each.status for arn, each in stage.interpreter.executions.items() if ":child:" in arn]
    assert (played.status, children, stage.clock.now() - START) == ("ABORTED", ["ABORTED"], 1)


def test_a_stop_during_an_execution_that_a_nested_one_waits_for_stops_the_two_above_it(stage: Stage) -> None:
    grandchild = stage.create(machine({"W": wait(300)}), "grandchild")
    child = stage.create(machine({"M": nested(grandchild)}), "child")
    played = stage.play(machine({"N": nested(child)}), {}, stop=stop("M", 1, "during"))
    ends = {arn.split(":")[-2]: each.status for arn, each in stage.interpreter.executions.items()}
    assert played.status == "ABORTED"
    assert (ends["child"], ends["grandchild"]) == ("ABORTED", "SUCCEEDED")


def test_a_nested_execution_that_is_stopped_before_its_first_state_enters_none(stage: Stage) -> None:
    child = stage.create(machine({"W": wait(9000)}), "child")
    branches = [
        {"StartAt": "N", "States": {"N": nested(child)}},
        {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
    ]
    states = {"B": {"Type": "Parallel", "Branches": branches, "End": True}}
    played = stage.play(machine(states), {}, stop=stop("P", 1, "after"))
    children = [each for arn, each in stage.interpreter.executions.items() if ":child:" in arn]
    assert (played.status, [each.status for each in children]) == ("ABORTED", ["ABORTED"])
    assert [str(each["type"].value) for each in children[0].exec_worker.env.event_manager._history_event_list] == [
        "ExecutionStarted",
        "ExecutionAborted",
    ]


# ---- watching


def test_a_watcher_sees_what_is_entered_and_what_is_waited_for(stage: Stage) -> None:
    stage.functions.handlers["busy"] = fail("Busy")
    states = {"W": wait(30, Comment="why", Next="A"), "A": task(function="busy", Retry=[{**RETRY, "MaxAttempts": 1}])}
    stage.play(machine(states))
    told = [(each.kind, each.state, each.comment, each.seconds, each.at - START) for each in stage.moments]
    assert told == [
        ("entered", "W", "why", 0, 0),
        ("waiting", "W", "why", 30, 0),
        ("left", "W", "why", 0, 30),
        ("entered", "A", "", 0, 30),
        ("retrying", "A", "", 2, 31),
    ]


def test_what_is_evaluated_can_be_recorded(stage: Stage) -> None:
    heard: list[tuple[str, object, object]] = []
    stage.interpreter.evaluator.listeners.append(lambda text, bound, result: heard.append((text, bound["v"], result)))
    states = {
        "A": {"Type": "Pass", "Assign": {"v": [1, None]}, "Next": "B"},
        "B": {"Type": "Pass", "Output": "{% $count($v) %}", "End": True},
    }
    stage.play(machine(states))
    assert heard == [("$count($v)", [1, None], 2)]
