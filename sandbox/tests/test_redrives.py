"""Redriving an execution that did not succeed.

Source: Step Functions developer guide, "Restarting state machine executions with redrive"; API reference,
RedriveExecution.
"""

import functools
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.runs import Run, ScenarioError, StopAt
from sandbox.tests.engine_stage import FailError, Stage, machine, stop, task, wait
from sandbox.tests.test_account import QUICK, SMALL
from sandbox.tests.test_events import DIED, opened, rule, started

SEEN = "{% {'v': $v, 'input': $states.input, 'execution': $states.context.Execution} %}"
RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 1, "MaxAttempts": 2}]
STATES = {
    "A": {"Type": "Pass", "Assign": {"v": "{% $states.input.n + 1 %}"}, "Output": {"from": "A"}, "Next": "T"},
    "T": task(SEEN, function="seen", Retry=RETRY, Assign={"v": 100}, Next="P"),
    "P": {"Type": "Pass", "Output": "{% [$v, $states.input.Payload] %}", "End": True},
}


@pytest.fixture
def busy(stage: Stage) -> list[float]:
    """When the function was called; its first three calls fail."""
    calls: list[float] = []

    def seen(event: object) -> object:
        calls.append(stage.clock.now())
        if len(calls) <= 3:
            raise FailError("Busy")
        return event

    stage.functions.handlers["seen"] = seen
    return calls


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(QUICK, seed=1, template=SMALL) as opened:
        yield opened


def redriven(stage: Stage) -> Run:
    run = Run()
    execution = list(stage.interpreter.executions.values())[-1]
    stage.interpreter.leaf(functools.partial(stage.interpreter.redrive, execution), run)
    stage.clock.run()
    return run


def events(run: Run) -> list[str]:
    return [str(each["type"].value) for each in run.root.exec_worker.env.event_manager._history_event_list]


def test_it_goes_on_from_the_state_that_failed_with_its_input_and_variables(stage: Stage, busy: list[float]) -> None:
    played = stage.play(machine(STATES), {"n": 1})
    assert (played.status, played.error, len(busy)) == ("FAILED", "Busy", 3)
    first = stage.interpreter.executions[next(iter(stage.interpreter.executions))]
    began = first.start_date
    stage.clock.sleep(3600)
    run = redriven(stage)
    assert (run.root, run.root.status, run.root.error, run.root.start_date) == (first, "SUCCEEDED", None, began)
    v, payload = run.root.output
    assert v == 100
    assert (payload["v"], payload["input"]) == (2, {"from": "A"})
    told = payload["execution"]
    assert (told["Id"], told["Name"], told["StartTime"]) == (first.exec_arn, "play-1", "2026-01-01T00:00:00.000Z")
    assert (told["RedriveCount"], told["RedriveTime"]) == (1, "2026-01-01T01:00:23.000Z")
    assert run.transitions == 2, "the state again, and the one after it"


def test_its_retries_begin_anew(stage: Stage, busy: list[float]) -> None:
    stage.play(machine(STATES), {"n": 1})
    del busy[1:]
    run = redriven(stage)
    assert run.root.status == "SUCCEEDED"
    assert [round(after - before) for before, after in pairwise(busy[1:])] == [11, 11]


def test_the_history_goes_on_with_the_redrive_in_it(stage: Stage, busy: list[float]) -> None:
    before = stage.play(machine(STATES), {"n": 1}).events
    run = redriven(stage)
    after = events(run)
    assert after[: len(before) + 1] == [*before, "ExecutionRedriven"]
    assert after[-1] == "ExecutionSucceeded"
    history = run.root.exec_worker.env.event_manager._history_event_list
    assert [each["id"] for each in history] == list(range(1, len(history) + 1))
    assert history[len(before)]["executionRedrivenEventDetails"] == {"redriveCount": 1}


def test_the_machines_timeout_begins_anew(stage: Stage) -> None:
    states = {"A": wait(50, Next="B"), "B": wait(50)}
    assert stage.play(machine(states, TimeoutSeconds=60)).status == "TIMED_OUT"
    assert redriven(stage).root.status == "SUCCEEDED"


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_stopped_execution_goes_on_from_the_state_that_it_was_stopped_at(stage: Stage, when: Any) -> None:
    states = {"A": task(Next="B"), "B": task("b", Next="C"), "C": task("c")}
    stage.play(machine(states), stop=stop("B", 1, when))
    again = redriven(stage)
    assert again.root.status == "SUCCEEDED"
    assert [call[2] for call in stage.functions.calls] == [None, *(["b"] if when != "before" else []), "b", "c"]


def test_one_that_fails_again_may_be_redriven_again(stage: Stage) -> None:
    stage.play(machine({"F": {"Type": "Fail", "Error": "E"}}))
    assert [redriven(stage).root.status for _ in range(2)] == ["FAILED", "FAILED"]
    execution = next(iter(stage.interpreter.executions.values()))
    assert execution.exec_worker.env.states.context_object.context_object_data["Execution"]["RedriveCount"] == 2


def test_it_is_reported_as_a_run_of_its_own(account: Account) -> None:
    stopped = account.run("parent", {"a": 1}, stop_at=StopAt(state="After", when="during"))
    describe = functools.partial(
        boto3.client("stepfunctions").describe_execution, executionArn=account.runs[0].root.exec_arn
    )
    assert "redriveDate" not in describe()
    report = account.redrive(account.runs[0])
    assert (stopped.status, report.status, report.name, report.output) == (
        "ABORTED",
        "SUCCEEDED",
        "parent-1",
        {"child": {"a": 1}} | {},
    )
    assert (report.virtual_seconds, report.state_transitions, report.lambda_invocations) == (0, 1, 1)
    told = describe()
    assert (told["status"], told["redriveCount"]) == ("SUCCEEDED", 1)
    assert told["redriveDate"] == account.runs[1].redriven_at


def test_its_new_end_is_an_event(tmp_path: Path) -> None:
    with opened(tmp_path, Died=rule(DIED)) as account:
        account.run("work", {"end": "fail"})
        report = account.redrive(account.runs[0])
    assert started(report) == [("heed", "SUCCEEDED")]
    told = report.started[0].output
    assert (told["redriveCount"], told["redriveDate"]) == (1, told["stopDate"])


def test_one_that_succeeded_cannot_be_redriven(account: Account) -> None:
    account.run("parent", {})
    with pytest.raises(ScenarioError, match="parent-1 is SUCCEEDED and cannot be redriven"):
        account.redrive(account.runs[0])


def test_fourteen_days_later_it_cannot_be_redriven(account: Account) -> None:
    account.run("parent", {}, stop_at=StopAt(state="Nested", when="before"))
    account.clock.sleep(14 * 86_400 + 1)
    with pytest.raises(ScenarioError, match="14 days"):
        account.redrive(account.runs[0])


def test_what_ended_in_branches_is_not_redriven_here(stage: Stage) -> None:
    branch = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}
    stage.play(machine({"P": {"Type": "Parallel", "Branches": [branch], "End": True}}))
    with pytest.raises(ScenarioError, match="ended in 'P': the sandbox redrives no branches"):
        redriven(stage)
