"""What starts a sweep, as deployed: the schedule and the event that asks for one.

Node events are not here: the pipes of this emulator read no queue. Nor is what a sweep puts out: the emulator leaves
out the Output of a Choice.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

import pytest

from tests.emulator.deployment_package import STACK
from tests.emulator.in_ministack import Stack, awaited

SCHEDULE: Final = f"{STACK}-sweep"
SOURCE: Final = "private-connection.request"


def sweeps(stack: Stack) -> set[str]:
    return {arn for arn, machine in stack.executions().items() if machine == "reconcile"}


def another(stack: Stack, before: Iterable[str]) -> dict[str, Any]:
    """The description of a sweep that was not there before, when it has ended."""
    return stack.ended(awaited(lambda: next(iter(sweeps(stack) - set(before)), None), "a sweep"))


@pytest.mark.parametrize("detail", [{}, {"connection": "orders"}])
def test_an_event_starts_a_sweep_with_its_detail(stack: Stack, detail: Any) -> None:
    before, requests = sweeps(stack), list(stack.executions().values()).count("request")
    stack.publish(Source=SOURCE, DetailType="Reconcile", Detail=json.dumps(detail))
    ended = another(stack, before)
    assert (ended["status"], ended.get("error"), json.loads(ended["input"])) == ("SUCCEEDED", None, detail)
    assert list(stack.executions().values()).count("request") == requests


def test_the_schedule_starts_sweeps(stack: Stack) -> None:
    """As it is deployed, but that it comes once a minute instead of once a day."""
    scheduler, before = stack.ministack.client("scheduler"), sweeps(stack)
    deployed = scheduler.get_schedule(Name=SCHEDULE)
    assert (deployed["State"], deployed["ScheduleExpression"]) == ("ENABLED", "rate(1440 minutes)")
    kept = {key: deployed[key] for key in ("FlexibleTimeWindow", "Name", "Target")}
    scheduler.update_schedule(**kept, ScheduleExpression="rate(1 minute)", State="ENABLED")
    ended = another(stack, before)
    scheduler.update_schedule(**kept, ScheduleExpression="rate(1 minute)", State="DISABLED")
    assert (ended["status"], ended.get("error"), json.loads(ended["input"])) == ("SUCCEEDED", None, {})
    assert {"Find drift", "Record sweep", "Swept"} <= set(stack.entered(ended["executionArn"]))
