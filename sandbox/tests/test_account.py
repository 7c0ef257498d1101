"""An account: runs and their reports, the same history for the same seed, forks, nothing left behind."""

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.clock import START
from sandbox.faults import Fault
from sandbox.runs import ScenarioError, StopAt, message
from sandbox.stepfunctions.interpreter import Moment
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / "small" / "template.yaml"
QUICK = World.model_validate({"latency": {"call": 0.3, "task": 0, "coldStart": 0}})


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(QUICK, seed=1, template=SMALL) as opened:
        yield opened


def test_a_run_is_reported_with_every_key(account: Account) -> None:
    report = account.run("parent", {"a": 1}).model_dump(by_alias=True)
    assert report == {
        "run": "parent",
        "name": "parent-1",
        "status": "SUCCEEDED",
        "error": None,
        "cause": None,
        "output": {"child": {"a": 1}},
        "virtualSeconds": 130,
        "stateTransitions": 6,
        "historyEvents": 15,
        "lambdaInvocations": 2,
        "apiCalls": {},
        "started": [],
    }


def test_a_failure_has_no_output_and_its_cause_is_the_message(account: Account) -> None:
    report = account.run("parent", {"fail": True})
    assert (report.status, report.error, report.cause, report.output) == ("FAILED", "ChildFailed", "told to", None)


def test_counts_begin_anew_with_each_run(account: Account) -> None:
    first, second = (account.run("call", {"function": "Visitor", "event": 0}) for _ in range(2))
    assert first.api_calls == second.api_calls == {"ec2:DescribeVpcs": 1}
    assert first.state_transitions == second.state_transitions == 1
    assert (first.name, second.name) == ("call-1", "call-2")


def test_a_stop_may_name_a_state_of_a_nested_machine(account: Account) -> None:
    report = account.run("parent", {}, stop_at=StopAt(state="Repeat", when="before"))
    assert (report.status, report.error, report.output, report.virtual_seconds) == ("ABORTED", None, None, 130)
    assert report.lambda_invocations == 0


def test_a_function_goes_on_in_its_account_after_its_caller_was_stopped(account: Account) -> None:
    stop = StopAt(state="Call", when="during")
    report = account.run("call", {"function": "Visitor", "event": 0}, stop_at=stop)
    assert (report.status, report.virtual_seconds) == ("ABORTED", 0), "the report is of the stop's moment"
    assert (report.api_calls, report.lambda_invocations) == ({"ec2:DescribeVpcs": 1}, 1), (
        "and of what was done after it"
    )
    assert account.clock.now() == START + 0.3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"stop_at": StopAt(state="Nowhere")}, "'Nowhere'"),
        ({"stop_at": StopAt(state="Which?", when="during")}, "'Which\\?' calls no function and waits for no execution"),
        ({"stop_at": StopAt(state="After", visit=2)}, "never reached"),
        ({"faults": [Fault(operation="ec2:DescribeVpcs")]}, "ec2:DescribeVpcs"),
        ({"faults": [Fault(function="echo", error="Timeout", skip=2)]}, "echo Timeout"),
    ],
)
def test_what_is_never_met_is_a_mistake_of_the_scenario(
    account: Account, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ScenarioError, match=problem):
        account.run("parent", {}, **options)


def test_unless_it_was_optional(account: Account) -> None:
    stop = StopAt(state="After", visit=2, optional=True)
    faults = [Fault(operation="ec2:DescribeVpcs", optional=True)]
    assert account.run("parent", {}, faults=faults, stop_at=stop).status == "SUCCEEDED"


def test_faults_end_with_their_run(account: Account) -> None:
    faults = [Fault(operation="ec2:DescribeVpcs", error="UnauthorizedOperation", times=9)]
    assert account.run("call", {"function": "Visitor", "event": 0}, faults=faults).error == "ClientError"
    assert account.run("call", {"function": "Visitor", "event": 0}).status == "SUCCEEDED"


def test_a_listener_may_lift_the_faults_when_a_state_is_entered(account: Account) -> None:
    def lift(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == "Call":
            account.gateway.disarm()

    faults = [Fault(operation="ec2:DescribeVpcs", error="UnauthorizedOperation", optional=True)]
    asked = {"function": "Visitor", "event": 0}
    assert account.run("call", asked, faults=faults, listeners=[lift]).status == "SUCCEEDED"


def test_an_unknown_machine_is_named_with_those_that_there_are(account: Account) -> None:
    with pytest.raises(ScenarioError, match="call, child, parent, plain"):
        account.run("nonesuch", {})


def test_whoever_visits_waits_in_virtual_time_and_is_told_what_failed(account: Account) -> None:
    def visit() -> float:
        time.sleep(3600)
        return time.time()

    assert account.visit(visit) == account.clock.now() == START + 3600
    with pytest.raises(ZeroDivisionError):
        account.visit(lambda: 1 / 0)


def test_the_same_seed_gives_the_same_history_and_another_one_does_not() -> None:
    def history(seed: int) -> str:
        with Account(QUICK, seed=seed, template=SMALL) as account:
            report = account.run("call", {"function": "Crash", "event": 0})
            root = account.runs[-1].root
            events = root.exec_worker.env.event_manager._history_event_list
            return json.dumps([report.model_dump(), events], default=str)

    first = history(1)
    assert "requestId" in first, "what is drawn is in it"
    assert history(1) == first
    assert history(2) != first


def test_an_idle_account_has_no_threads_and_may_be_forked(account: Account) -> None:
    account.run("parent", {})
    assert [each for each in threading.enumerate() if each is not threading.main_thread() and _ours(each)] == []
    reports = [_in_a_child(account, seconds) for seconds in (1, 2)]
    assert reports == [["SUCCEEDED", {"before": 5000, "after": 5000 - 1000 * seconds}] for seconds in (1, 2)]
    assert account.run("call", {"function": "Echo", "event": 3}).output == 3


def _ours(thread: threading.Thread) -> bool:
    return "_live" in repr(getattr(thread, "_target", None)) or "sandbox" in thread.name


def _in_a_child(account: Account, seconds: int) -> object:
    """Fork, run, and hand the result back through a pipe."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        report = account.run("call", {"function": "Slow", "event": {"seconds": seconds}})
        os.write(writer, json.dumps([report.status, report.output]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        result = json.load(pipe)
    assert os.waitpid(child, 0)[1] == 0
    return result


def test_a_closed_account_leaves_the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    environment, state, sleep = dict(os.environ), random.getstate(), time.sleep
    with Account(QUICK, seed=1, template=SMALL) as account:
        assert "AWS_PROFILE" not in os.environ
        account.run("parent", {})
        assert time.time() < 1_800_000_000
    assert dict(os.environ) == environment
    assert random.getstate() == state
    assert time.sleep is sleep
    assert time.time() > 1_780_000_000
    assert boto3.DEFAULT_SESSION is None


def test_an_account_that_cannot_open_leaves_nothing_behind() -> None:
    before = dict(os.environ)
    unread = World.model_validate({"serviceControlPolicies": [{"Version": "2012-10-17"}]})
    with pytest.raises(ScenarioError, match="serviceControlPolicies"), Account(unread):
        pytest.fail("opened with a policy that nobody understands")
    assert dict(os.environ) == before
    assert time.time() > 1_780_000_000


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (None, None),
        ("plain", "plain"),
        ('{"errorMessage": "the message", "errorType": "E", "stackTrace": ["…"]}', "the message"),
        ('{"other": 1}', '{"other": 1}'),
        ("[1]", "[1]"),
        ("5", "5"),
    ],
)
def test_a_cause_loses_what_lambda_wraps_it_in_and_nothing_else(cause: str | None, expected: str | None) -> None:
    assert message(cause) == expected
