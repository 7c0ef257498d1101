"""The machine reconcile, with stubs for what looks at the account: it ends by itself, and none that was asked for is
lost. The claim is the real one.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.runs import RunReport, Start, StopAt, When
from tests.statemachine.stubs import DENIAL, Json, refusing, run, stubbed

LOOKS: Final = 3
"""How often a sweep looks at most."""
FOUND: Final[Json] = {
    "connections": 1,
    "busy": 0,
    "off": 0,
    "drifted": [
        {"connection": "orders", "revision": 3, "mode": "repair", "drift": [{"code": "RULE_GONE", "node": None}]}
    ],
    "leftOver": 0,
    "unreadable": [],
}
NONE: Final[Json] = {"started": 0, "leftOver": 0, "waiting": 0, "returning": []}
STARTED: Final[Json] = {**NONE, "started": 1}
TOLD: Final[Json] = {**FOUND, "repairs": STARTED}


class Looks:
    """What is asked of Find drift, and how long each look takes."""

    def __init__(self) -> None:
        self.asked: list[Json] = []

    def __call__(self, event: Any, context: object) -> object:
        self.asked.append(event)
        return FOUND


@contextmanager
def sweeping(looks: object, repairs: object = STARTED, task: float = 0.15) -> Iterator[Account]:
    with stubbed({"find_drift": looks, "start_repairs": repairs}, task=task) as account:
        yield account


def ended(report: RunReport) -> tuple[str, Any]:
    return report.status, report.output


@pytest.mark.parametrize(
    ("given", "asked"), [({}, None), ({"connection": "orders"}, "orders"), ([{"messageId": "1", "body": "{"}], None)]
)
def test_a_sweep_looks_once_and_tells_what_it_found(given: Any, asked: str | None) -> None:
    looks = Looks()
    with sweeping(looks) as account:
        report = account.run("reconcile", given)
        again = account.run("reconcile", given)
    assert ended(report) == ended(again) == ("SUCCEEDED", TOLD)
    assert looks.asked == [{"connection": asked}] * 2
    assert report.state_transitions <= 10
    assert report.api_calls == {"dynamodb:GetItem": 2, "dynamodb:PutItem": 2}


def test_a_sweep_that_was_asked_for_meanwhile_is_looked_for_once_more() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        works, left, left_too = account.together([Start("reconcile", {}) for _ in range(3)], [0, 0.6, 0])
    assert ended(works) == ("SUCCEEDED", TOLD)
    assert ended(left) == ended(left_too) == ("SUCCEEDED", {})
    assert len(looks.asked) == 2


def test_a_sweep_that_is_asked_for_all_the_time_hands_over_to_another_one() -> None:
    looks = Looks()
    with sweeping(looks, task=5) as account:
        reports = account.together([Start("reconcile", {}) for _ in range(11)], [0, *[5] * 10])
        others = [name for each in account.runs for name in list(each.executions)[1:]]
        holder = account.run("reconcile", {})
    assert {each.status for each in [*reports, holder]} == {"SUCCEEDED"}
    assert len(others) == 1
    assert len(looks.asked) == LOOKS + 2


def test_only_what_is_to_be_repaired_is_handed_on() -> None:
    asked: list[Json] = []
    found = {**FOUND, "drifted": [{**FOUND["drifted"][0], "mode": "report"}]}

    def repairs(event: Any, context: object) -> object:
        asked.append(event)
        return STARTED

    with sweeping(found, repairs) as account:
        reported = account.run("reconcile", {})
        account.functions.replace("find_drift", Looks())
        account.run("reconcile", {})
    assert ended(reported) == ("SUCCEEDED", {**found, "repairs": NONE})
    assert asked == [{"drifted": FOUND["drifted"], "sweepSeconds": 900, "atOnce": 20}]


def test_repairs_that_are_left_over_are_looked_after_by_another_sweep_five_minutes_later() -> None:
    looks, answers = Looks(), [{**NONE, "started": 20, "leftOver": 3}, {**NONE, "started": 20, "leftOver": 1}, STARTED]
    with sweeping(looks, lambda event, context: answers.pop(0)) as account:
        report = account.run("reconcile", {})
        executions = list(account.runs[0].executions.values())
    assert (report.status, report.output["repairs"]["leftOver"], len(executions)) == ("SUCCEEDED", 3, 3)
    begun = [each.start_date.timestamp() for each in executions]
    assert [300 <= later - former < 310 for former, later in pairwise(begun)] == [True, True]
    assert answers == []


def test_sweeps_that_end_together_start_one_other() -> None:
    looks, left = Looks(), {**NONE, "leftOver": 1}
    answers = [left, left, *[STARTED] * 9]
    with sweeping(looks, lambda event, context: answers.pop(0)) as account:
        account.together([Start("reconcile", {}) for _ in range(2)], [0, 20])
        others = [name for each in account.runs for name in list(each.executions)[1:]]
    assert (len(looks.asked), len(set(others))) == (3, 1)


@pytest.mark.parametrize("step", ["find_drift", "record_sweep"])
def test_a_sweep_that_fails_says_why_and_the_next_one_sweeps(step: str) -> None:
    looks = Looks()
    with sweeping(looks) as account:
        account.functions.replace(step, refusing())
        failed = account.run("reconcile", {})
        account.functions.replace("find_drift", looks)
        account.functions.replace("record_sweep", importlib.import_module("functions.record_sweep.app").lambda_handler)
        after = account.run("reconcile", {})
    assert (failed.status, DENIAL[:500] in str(failed.cause)) == ("FAILED", True)
    assert ended(after) == ("SUCCEEDED", TOLD)


def test_a_sweep_that_failed_starts_another_one_if_one_was_asked_for_meanwhile() -> None:
    looks = Looks()

    def failing_first(event: Json, context: object) -> object:
        looks(event, context)
        if len(looks.asked) == 1:
            raise importlib.import_module("private_connection.errors").AwsRejected(DENIAL)
        return FOUND

    with sweeping(failing_first) as account:
        failed, left = account.together([Start("reconcile", {}) for _ in range(2)], [0, 0.6])
        others = [each for each in list(account.runs[0].executions.values())[1:]]
    assert (failed.status, left.status) == ("FAILED", "SUCCEEDED")
    assert [each.exec_status.value for each in others] == ["SUCCEEDED"]
    assert len(looks.asked) == 2


def test_a_sweep_that_asks_for_nothing_known_says_what_is_wrong() -> None:
    with sweeping(Looks()) as account:
        report = account.run("reconcile", {"conection": "orders"})
    assert (report.status, report.error) == ("FAILED", "InvalidRequest")
    assert "conection: found an unknown key" in str(report.cause)


@pytest.mark.parametrize("step", ["claim_sweep", "find_drift", "record_sweep"])
def test_a_sweep_whose_function_never_answers_ends_in_time(step: str) -> None:
    with sweeping(Looks()) as account:
        report = run(account, "reconcile", {}, hanging=(step,)).report
    assert (report.status, report.error) == ("FAILED", "StepTimedOut")


@pytest.mark.parametrize("state", ["Find drift", "Record sweep"])
@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_sweep_that_was_stopped_is_taken_over(state: str, when: When) -> None:
    with sweeping(Looks()) as account:
        stop = StopAt(state=state, when=when)
        (stopped,) = account.together([Start("reconcile", {}, stop_at=stop)])
        account.clock.sleep(60)
        report = account.run("reconcile", {})
    assert stopped.status == "ABORTED"
    assert ended(report) == ("SUCCEEDED", TOLD)
