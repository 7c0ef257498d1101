"""A run that somebody stops is finished by itself: its status event, the rule, the machine behind it, as deployed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.in_ministack import Stack
from tests.emulator.story import numbers

ADOPT = json.loads(Path("events/adopt.json").read_text())
CONNECTION = {"connection": ADOPT["connection"]}
ON_THE_WAY = "Wait for targets"
"""The first long wait of a run that adopts a cluster: its load balancers are there, and no function is in flight."""


@pytest.fixture(scope="module")
def stopped(stack: Stack, ministack_story: object) -> tuple[str, Counter[str]]:
    """A run that was stopped on its way, and what it had made by then."""
    with stack.gate.shut():
        run = stack.start("provision", "stopped", ADOPT)
        stack.enters(run, ON_THE_WAY)
        made = numbers(stack.snapshot.owned())
        stack.states.stop_execution(executionArn=run)
    return run, made


def test_what_the_run_had_made_is_removed(stack: Stack, stopped: tuple[str, Counter[str]]) -> None:
    run, made = stopped
    recovery = stack.ended(stack.recovery(run))
    assert made["loadBalancer"] > 0
    assert stack.ended(run)["status"] == "ABORTED"
    assert (recovery["status"], recovery.get("error")) == ("SUCCEEDED", None)
    assert numbers(stack.snapshot.owned()) == Counter()


def test_an_event_that_comes_again_changes_nothing(stack: Stack, stopped: tuple[str, Counter[str]]) -> None:
    first = stack.recovery(stopped[0])
    stack.ended(first)
    before = stack.executions()
    detail = json.loads(stack.states.describe_execution(executionArn=first)["input"])
    again = stack.start("recover", "delivered-again", detail)
    assert stack.ended(again)["status"] == "SUCCEEDED"
    assert set(stack.executions()) == {*before, again}


def test_the_connection_is_free_for_the_next_run(stack: Stack, stopped: tuple[str, Counter[str]]) -> None:
    stack.ended(stack.recovery(stopped[0]))
    next_run = stack.ended(stack.start("provision", "after-recovery", ADOPT))
    assert (next_run["status"], next_run.get("error")) == ("SUCCEEDED", None)
    assert stack.ended(stack.start("teardown", "end-of-recovery", CONNECTION))["status"] == "SUCCEEDED"
    assert numbers(stack.snapshot.owned()) == Counter()


@pytest.mark.parametrize("given", [{}, {"connection": 5}, "text", {"connection": "never-heard-of"}])
def test_a_run_that_fails_by_itself_leaves_recover_nothing_to_do(
    stack: Stack, stopped: tuple[str, Counter[str]], given: Any
) -> None:
    stack.ended(stack.recovery(stopped[0]))
    run = stack.start("provision", f"failing-{len(stack.executions())}", given)
    assert stack.ended(run)["status"] == "FAILED"
    before = numbers(stack.snapshot.owned())
    assert stack.ended(stack.recovery(run))["status"] == "SUCCEEDED"
    assert numbers(stack.snapshot.owned()) == before
