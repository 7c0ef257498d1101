"""What `watch` tells of a run that was stopped, and of Recover, which finishes it."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest

from private_connection_cli import run_commands
from private_connection_cli.stopped import UNTOLD, became
from sandbox.account import Account
from sandbox.runs import StopAt
from tests.cli.calling import called
from tests.inside import Inside
from tests.scenarios import connected

RUN = {"execution": "one", "maker": "m-1", "machine": "provision", "status": "ABORTED"}
RECOVERING = {"execution": "two", "maker": "m-2", "machine": "recover"}


@pytest.fixture(scope="module")
def ready() -> Iterator[Inside]:
    for holder in connected.held():
        yield Inside(holder)


def stopped(account: Account, machine: str, asked: object, state: str) -> str:
    """The ARN of a run that was stopped before it entered this state."""
    run = account.run(machine, asked, stop_at=StopAt(state=state, when="before"))
    assert run.status == "ABORTED"
    return str(account.runs[-1].root.exec_arn)


def recovered(account: Account, dead: str) -> str:
    """The ARN of a run of Recover for a run, which another one, that the run's own event has started, may precede."""
    assert account.run("recover", {"executionArn": dead, "status": "ABORTED"}).status == "SUCCEEDED"
    return str(account.runs[-1].root.exec_arn)


def test_it_says_what_became_of_a_provision(ready: Account) -> None:
    dead = stopped(ready, "provision", connected.ORDERS, "Record connection")
    recover, told = recovered(ready, dead), "what it had made was removed, and orders was released"
    assert called(ready, "watch", "orders")[2].splitlines()[-2:] == ["ABORTED", told]
    assert called(ready, "watch", recover)[:2] == (0, f"{dead.rpartition(':')[2]} ABORTED: {told}\n")
    with mock.patch.object(run_commands, "execution_of", return_value=recover):  # as it was while it held the claim
        code, out, err = called(ready, "watch", "orders")
    assert (code, out, err.splitlines()[-2:]) == (1, "", ["ABORTED", told])


def test_it_says_that_a_teardown_is_not_continued(ready: Account) -> None:
    dead = stopped(ready, "teardown", {"connection": "orders"}, "Release connection")
    recovered(ready, dead)
    code, _, err = called(ready, "watch", dead)
    assert (code, err.splitlines()[-1]) == (
        1,
        "orders was released and is TEARING_DOWN: a teardown is not continued, start it again",
    )


def test_a_stopped_plan_has_changed_nothing(ready: Account) -> None:
    dead = stopped(ready, "provision", {**connected.ORDERS, "plan": True}, "Planned")
    assert called(ready, "watch", dead)[2].splitlines()[-1] == "it was a plan, which changes nothing"


def test_recover_may_have_nothing_to_do(ready: Account) -> None:
    assert ready.run("provision", connected.ORDERS).status == "SUCCEEDED"
    ended = str(ready.runs[-1].root.exec_arn)
    _, out, _ = called(ready, "watch", recovered(ready, ended))
    assert out.endswith("SUCCEEDED: it had ended by itself, and left nothing to recover\n")


def test_a_sweep_is_told_by_its_machine(ready: Account) -> None:
    assert ready.run("reconcile", {}).status == "SUCCEEDED"
    _, out, _ = called(ready, "watch", str(ready.runs[-1].root.exec_arn))
    assert out.splitlines()[0] == "what was looked at is as it was left"


def test_what_is_unknown_is_said(ready: Account) -> None:
    dead = stopped(ready, "provision", {**connected.ORDERS, "connection": "other"}, "Claim connection")
    assert "has no connection other" in called(ready, "watch", dead)[2].splitlines()[-1]
    assert boto3.client("stepfunctions").describe_execution(executionArn=dead)["status"] == "ABORTED"


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"lastRun": None}, UNTOLD),
        ({"holder": {**RECOVERING, "execution": "one"}}, "finishes it some 90 seconds"),
        ({"holder": RECOVERING}, "Recover is at work on what it has left"),
        ({"unfinished": {"m-1": "2026-01-01"}}, "not all that it had made is removed: the next run of orders"),
        ({"lastRun": {**RUN, "status": "READY"}}, "it had recorded orders as READY"),
        ({"kept": RUN}, "what it had made stays"),
        ({"kept": {**RUN, "execution": "before"}}, "what it had made was removed"),
    ],
)
def test_each_state_of_the_item_has_its_words(item: dict[str, Any], told: str) -> None:
    assert told in became({"connection": "orders", "status": "FAILED", "lastRun": RUN, **item}, "one")
