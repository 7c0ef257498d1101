"""What an execution's history tells of what was cut off.

Recorded on AWS: localstack/localstack, tests/aws/services/stepfunctions/v2, timeouts/test_timeouts, a Map of four.
"""

from collections import Counter
from typing import Any

import pytest

from sandbox.stepfunctions import history
from sandbox.tests.engine_stage import FailError, Stage, machine, task, wait

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = {"Caught": {"Type": "Succeed"}}


def over(count: int, states: dict[str, Any], **fields: object) -> dict[str, Any]:
    processor = {"StartAt": next(iter(states)), "States": states}
    items = list(range(count))
    return {"M": {"Type": "Map", "Items": items, "ItemProcessor": processor, "End": True, **fields}}


def test_a_map_that_fails_tells_of_each_iteration_that_it_cuts_off(stage: Stage) -> None:
    stage.functions.handlers["slow"] = lambda event: stage.clock.sleep(100)
    states = over(4, {"T": task("{% $states.input %}", "{% $states.input = 0 ? 'boom' : 'slow' %}")}, Catch=CATCH_ALL)
    stage.functions.handlers["boom"] = boom
    played = stage.play(machine(states | CAUGHT))
    told = played.events[played.events.index("TaskFailed") : played.events.index("SucceedStateEntered")]
    assert told == [
        "TaskFailed",
        "MapIterationFailed",
        "TaskStateAborted",
        *["MapIterationAborted", "TaskStateAborted"] * 3,
        "MapStateFailed",
        "MapStateExited",
    ]
    key = "mapIterationAbortedEventDetails"
    aborted = [each[key] for each in played.history if key in each]
    assert aborted == [{"name": "M", "index": index} for index in (1, 2, 3)]


def boom(event: object) -> object:
    raise FailError("Boom")


def test_a_branch_that_fails_tells_of_its_own_state_and_of_its_siblings(stage: Stage) -> None:
    """states_variables/test_error_output, Parallel: TaskStateAborted of the failed task itself."""
    stage.functions.handlers["boom"] = boom
    inner = over(2, {"V": wait(900)})["M"]
    branches = [
        {"StartAt": "F", "States": {"F": task(function="boom")}},
        {"StartAt": "W", "States": {"W": wait(900)}},
        {"StartAt": "M", "States": {"M": inner}},
        {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
    ]
    outer = {"Type": "Parallel", "Branches": branches, "Catch": CATCH_ALL, "End": True}
    played = stage.play(machine({"O": outer, **CAUGHT}))
    assert Counter(each for each in played.events if "Aborted" in each) == {
        "TaskStateAborted": 1,
        "WaitStateAborted": 3,
        "MapStateAborted": 1,
        "MapIterationAborted": 2,
    }
    assert played.events.index("ParallelStateFailed") > max(
        number for number, each in enumerate(played.events) if "Aborted" in each
    )


def test_what_was_cut_off_writes_nothing_more_when_its_function_answers(stage: Stage) -> None:
    stage.functions.handlers |= {"boom": boom, "slow": lambda event: stage.clock.sleep(60)}
    states = over(2, {"T": task("{% $states.input %}", "{% $states.input = 0 ? 'boom' : 'slow' %}")}, Catch=CATCH_ALL)
    played = stage.play(machine(states | {"Caught": wait(900)}))
    told = played.events[played.events.index("MapStateFailed") :]
    assert told == ["MapStateFailed", "MapStateExited", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]


def test_events_of_what_is_cut_off_count_towards_the_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.functions.handlers |= {"boom": boom, "slow": lambda event: stage.clock.sleep(60)}
    states = over(40, {"T": task("{% $states.input %}", "{% $states.input = 0 ? 'boom' : 'slow' %}")}, Catch=CATCH_ALL)
    monkeypatch.setattr(history, "MOST_EVENTS", 200)
    played = stage.play(machine(states | CAUGHT))
    assert (played.status, played.error, len(played.events)) == ("FAILED", "States.Runtime", 200)
    assert "MapIterationAborted" in played.events


def test_a_machines_time_out_has_a_name_and_no_event_before_it(stage: Stage) -> None:
    """floci-io/floci 2733, measured."""
    played = stage.play(machine({"W": wait(900)}, TimeoutSeconds=60))
    last = played.history[-1]
    assert (last["type"].value, last["previousEventId"]) == ("ExecutionTimedOut", 0)
    assert last["executionTimedOutEventDetails"] == {"error": "States.Timeout"}
    assert (played.status, played.error, played.cause) == ("TIMED_OUT", None, None)
