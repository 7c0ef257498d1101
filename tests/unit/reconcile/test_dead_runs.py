"""Dead runs: which are asked after, and for which of them Recover is started."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import time_machine

from private_connection.contracts import Document
from private_connection.reconcile.dead_runs import ASKED_AT_MOST, held_long, recover_dead
from private_connection.registry.entries import Entry
from private_connection.registry.recovery import DeadRun, read_dead_run
from tests.unit.fake_aws import DENIED, FakeAws
from tests.unit.registry.stage import NOW, FakeExecutions, a_holder, a_run, ago, arn

RECOVER: Final = "arn:aws:states:eu-central-1:123456789012:stateMachine:Recover"
DAY: Final = 24


@pytest.fixture
def executions(aws: FakeAws) -> Iterator[FakeExecutions]:
    with time_machine.travel(NOW, tick=False):
        yield FakeExecutions(aws)


def entry(connection: str = "orders", **changes: Any) -> Entry:
    return Entry.model_validate({"connection": connection, "version": "1", "schema": 1, **changes})


def held(since: str, connection: str = "orders", **changes: Any) -> Entry:
    return entry(connection, holder=a_holder("run-1", since=since), **changes)


@pytest.mark.usefixtures("executions")
@pytest.mark.parametrize("status", [None, "PROVISIONING", "READY", "FAILED", "TEARING_DOWN", "TORN_DOWN"])
def test_what_is_held_for_half_an_hour_is_asked_after_whatever_its_status(status: str | None) -> None:
    at_last = held(ago(minutes=30), "b", status=status)
    found = [held(ago(minutes=29), "a", status=status), at_last, held(ago(days=9), "c"), entry("d", status=status)]
    assert held_long(found) == ("c", "b")


@pytest.mark.usefixtures("executions")
def test_of_many_those_are_asked_after_that_are_held_longest() -> None:
    many = [held(ago(hours=1 + number), f"c{number}") for number in range(ASKED_AT_MOST + 5)]
    assert held_long(many) == tuple(f"c{number}" for number in range(ASKED_AT_MOST + 4, 4, -1))


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED", "SUCCEEDED"])
def test_recover_is_started_with_what_step_functions_says_of_a_dead_run(
    aws: FakeAws, executions: FakeExecutions, status: str
) -> None:
    executions.are(status, "run-1")
    assert list(recover_dead([held(ago(hours=1))], turn=7)) == ["orders"]
    (sent,) = aws.asked("StartExecution")
    read = read_dead_run(Document.model_validate(json.loads(sent["input"])))
    assert (sent["stateMachineArn"], read) == (RECOVER, DeadRun(connection="orders", execution=arn("run-1")))
    assert sent["name"].startswith("recover-orders-")
    assert len(sent["name"]) <= 80


def test_the_same_turn_starts_it_once_and_the_next_one_again(aws: FakeAws, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    for turn in (7, 7, 8):
        assert list(recover_dead([held(ago(hours=1))], turn)) == ["orders"]
    names = [each["name"] for each in aws.asked("StartExecution")]
    assert (names[0] == names[1], len(set(names))) == (True, 2)


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_a_run_that_works_or_whose_nested_run_does_is_left_alone(
    aws: FakeAws, executions: FakeExecutions, status: str
) -> None:
    executions.are(status, "run-1", "rollback-2")
    executions.are("ABORTED", "run-2")
    nesting = entry(holder=a_holder("run-2"), worker=a_run("rollback-2"))
    assert list(recover_dead([held(ago(hours=1)), nesting, entry()], turn=7)) == []
    assert aws.asked("StartExecution") == []


@pytest.mark.parametrize(("hours", "recovered"), [(1, []), (DAY, ["orders"])])
def test_of_one_that_step_functions_does_not_tell_its_age_decides(
    executions: FakeExecutions, hours: int, recovered: list[str]
) -> None:
    executions.refuse(DENIED, "run-1")
    assert list(recover_dead([held(ago(hours=hours))], turn=7)) == recovered
