"""Runs that Step Functions shows late: those that have just started, and what came of those that have ended."""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from rich.console import Console

from private_connection_cli import following, runs
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.problems import Problem
from private_connection_cli.watch import watching
from private_connection_cli.watch.outcomes import NotShown, Outcome, find_outcome
from private_connection_cli.watch.watching import LATE, LOOK, watch
from sandbox.account import Account
from tests.cli.calling import called
from tests.inside import Inside
from tests.scenarios import connected

EXECUTION: Final = "arn:aws:states:us-east-1:123456789012:execution:Provision:one"
BEGAN, ENDED = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 7, tzinfo=UTC)
MISSING: Final = {"Error": {"Code": "ExecutionDoesNotExist", "Message": "Execution Does Not Exist"}}
UNREACHED: Final = EndpointConnectionError(endpoint_url="https://states.us-east-1.amazonaws.com")
THROTTLED: Final = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
WRONG: Final = ("--connection", "NOT LEGAL", "--workspace", "ws-1", "--cluster", "orders")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def ready() -> Iterator[Inside]:
    for holder in connected.held():
        yield Inside(holder)


class Answering:
    """Step Functions, of which an operation first answers, or refuses, as it is told; the last time for ever if nobody
    else is asked.
    """

    def __init__(self, states: Any = None, **first: list[Json] | list[Exception]) -> None:
        self._states, self._first = states, first

    def __getattr__(self, operation: str) -> Any:
        told = self._first.get(operation)
        if not told:
            return getattr(self._states, operation)

        def call(**asked: Any) -> Any:
            answer = told.pop(0) if len(told) > 1 or self._states else told[0]
            if isinstance(answer, Exception):
                raise answer
            if "Error" in answer:
                raise ClientError(answer, operation)  # type: ignore[arg-type]  # as much of it as matters
            return {"ResponseMetadata": {}, **answer}

        return call


def described(status: str, **more: object) -> Json:
    return {"status": status, "startDate": BEGAN, "stopDate": ENDED, "input": "{}", **more}


def happened(kind: str, **details: object) -> Json:
    key = f"{kind[0].lower()}{kind[1:]}EventDetails"
    return {"events": [{"id": 9, "type": kind, "timestamp": ENDED, **({key: details} if details else {})}]}


# ---- how it ended


@pytest.mark.parametrize(
    ("found", "last", "result"),
    [
        (described("SUCCEEDED"), happened("ExecutionSucceeded", output="5"), ("SUCCEEDED", "5", None, None)),
        (described("SUCCEEDED"), happened("ExecutionSucceeded"), ("SUCCEEDED", None, None, None)),
        (described("FAILED"), happened("ExecutionFailed", error="E", cause="c"), ("FAILED", None, "E", "c")),
        (described("FAILED", error="E"), happened("ExecutionFailed", error="E", cause="c"), ("FAILED", None, "E", "c")),
        (described("ABORTED"), happened("ExecutionAborted"), ("ABORTED", None, None, None)),
        (described("ABORTED"), happened("ExecutionAborted", cause="why"), ("ABORTED", None, None, "why")),
        (
            described("TIMED_OUT"),
            happened("ExecutionTimedOut", error="States.Timeout"),
            ("TIMED_OUT", None, "States.Timeout", None),
        ),
        (described("SUCCEEDED"), happened("TaskStateExited"), ("RUNNING", None, None, None)),
        (described("FAILED"), happened("ExecutionRedriven"), ("RUNNING", None, None, None)),
        (described("SUCCEEDED"), {"events": []}, ("RUNNING", None, None, None)),
    ],
)
def test_what_is_left_out_of_an_end_is_taken_from_the_last_event(
    found: Json, last: Json, result: tuple[str | None, ...]
) -> None:
    outcome = find_outcome(Answering(describe_execution=[found], get_execution_history=[last]), EXECUTION)
    assert (outcome.status, outcome.output, outcome.error, outcome.cause) == result
    assert outcome.seconds == (0 if outcome.status == "RUNNING" else 7)


@pytest.mark.parametrize(
    "found", [described("RUNNING"), described("SUCCEEDED", output="5"), described("FAILED", error="E", cause="c")]
)
def test_of_an_answer_that_is_whole_nothing_else_is_asked(found: Json) -> None:
    outcome = find_outcome(Answering(describe_execution=[found]), EXECUTION)
    assert (outcome.status, outcome.output) == (found["status"], found.get("output"))


def test_a_success_whose_output_nothing_shows_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome(EXECUTION, "SUCCEEDED", None, None, None)
    for as_json in (False, True):
        following._tell(outcome, as_json, following.of_a_connection, None)
    said = capsys.readouterr().out
    assert said.startswith(f"{following.NO_OUTPUT.format(EXECUTION)}\n{{")
    assert '"output": null' in said


# ---- a run that has just started


def late(account: Account) -> None:
    """More than a look at a time: 36 virtual seconds pass before the second one."""
    account.interpreter.seen_after, account.interpreter.told_after = 100, 1000


def test_a_run_that_has_ended_before_it_is_shown_is_told(ready: Account) -> None:
    late(ready)
    code, out, err = called(ready, "provision", *WRONG)
    assert (code, out) == (1, "")
    assert "FAILED: InvalidRequest: validating request" in err


def test_a_run_and_its_nested_one_are_shown_as_soon_as_they_can_be(ready: Account) -> None:
    """The plan's own execution is learned of from the run's history; a look that comes too early loses none of it."""
    flags = ("--connection", "orders", "--workspace", "ws-1", "--cluster", "orders", "--json")
    _, planned, steps = called(ready, "plan", *flags)
    ready.interpreter.seen_after = 20
    code, out, late_steps = called(ready, "plan", *flags)
    assert (code, '"PLANNED"' in out, '"PLANNED"' in planned) == (0, True, True)
    assert named(late_steps) == named(steps)
    assert "Plan all paths" in named(steps)


def named(lines: str) -> list[str]:
    """The states that were told of, in any order."""
    return sorted(re.findall(r"^ *(?:\d+m )?\d+s  +(\S.*?):", lines, re.MULTILINE))


def test_the_output_is_told_though_it_is_not_described_yet(ready: Account) -> None:
    late(ready)
    code, out, _ = called(ready, "reconcile", "orders", "--json")
    assert (code, json.loads(out)["output"]["drifted"]) == (0, [])


def test_an_execution_that_somebody_names_and_that_is_not_there_is_told_at_once(ready: Account) -> None:
    late(ready)
    before = ready.clock.now()
    code, out, err = called(ready, "watch", EXECUTION)
    assert (code, out, err) == (3, "", f"private-connection: there is no execution {EXECUTION}\n")
    assert ready.clock.now() - before < 1


def test_one_that_is_never_shown_is_told_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "time", SimpleNamespace(monotonic=lambda: 0.0))
    states, waited = Answering(describe_state_machine_for_execution=[MISSING]), list[float]()
    with pytest.raises(NotShown, match=f"there is no execution {EXECUTION}"):
        watch(states, EXECUTION, Console(file=io.StringIO()), waited.append)
    assert LATE.most <= sum(waited) <= LATE.most + LOOK


@pytest.mark.parametrize(
    ("item", "asked"),
    [({"holder": {"execution": EXECUTION}}, False), ({"lastRun": {"execution": EXECUTION}}, True)],
)
def test_the_run_that_works_on_a_connection_need_not_be_shown_yet(item: Mapping[str, Any], asked: bool) -> None:
    states = Answering(describe_execution=[MISSING])
    deployment = Deployment(Place(), "stack", {}, {})
    with mock.patch.object(runs, "show_connection", return_value=item), mock.patch.object(Place, "client") as client:
        client.return_value = states
        if not asked:
            assert runs.execution_of(deployment, "orders") == EXECUTION
            return
        with pytest.raises(Problem, match="there is no execution"):
            runs.execution_of(deployment, "orders")


# ---- looks that are refused


def some() -> Callable[[float], None]:
    """A pause for a run that has ended: a few looks show it."""
    left = iter(range(10))
    return lambda seconds: [next(left)].clear()


@pytest.mark.parametrize(
    "first",
    [
        {"describe_state_machine_for_execution": [MISSING]},
        {"get_execution_history": [MISSING]},
        {"get_execution_history": [{"events": []}]},
        {"describe_execution": [MISSING]},
        {"describe_execution": [THROTTLED]},
        {"describe_execution": [UNREACHED]},
        {"get_execution_history": [UNREACHED, UNREACHED]},
        {"describe_execution": [described("RUNNING")]},
    ],
    ids=str,
)
def test_whatever_is_late_at_first_the_run_is_shown_on_a_terminal_to_its_end(ready: Account, first: Any) -> None:
    execution = str(ready.runs[-1].root.exec_arn)
    out, states = io.StringIO(), boto3.client("stepfunctions")
    drawn = Console(file=out, width=200, height=60, force_terminal=True, color_system=None, _environ={})
    outcome = watch(Answering(states, **first), execution, drawn, some())
    assert outcome == find_outcome(states, execution)
    assert "✔ Provisioned" in out.getvalue()


def test_a_look_that_is_refused_loses_no_step(ready: Account) -> None:
    """The nested execution is followed in the middle of a look, when events have been read that are not told yet."""
    assert ready.run("provision", {**connected.ORDERS, "plan": True}).status == "SUCCEEDED"
    execution, states = str(ready.runs[-1].root.exec_arn), boto3.client("stepfunctions")

    def said(of: Any) -> list[str]:
        out = io.StringIO()
        assert watch(of, execution, Console(file=out, width=1000), some()).succeeded
        return sorted(out.getvalue().splitlines())

    definition: Any = states.describe_state_machine_for_execution(executionArn=execution)
    refused = Answering(states, describe_state_machine_for_execution=[definition, THROTTLED])
    assert said(refused) == said(states)
