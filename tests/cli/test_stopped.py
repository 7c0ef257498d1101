"""What `watch` says of a run that was stopped, and of Recover, which finishes it: by its machine, and by its item."""

import json
from typing import Any, Final
from unittest import mock

import pytest

from private_connection_cli import following, stopped
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.stopped import UNTOLD, became, fate
from private_connection_cli.swept import ELSEWHERE
from private_connection_cli.watch.watching import Outcome

RUN: Final = {"execution": "one", "maker": "m-1", "machine": "provision", "status": "ABORTED"}
RECOVERING: Final = {"execution": "two", "maker": "m-2", "machine": "recover"}
STATES: Final = "arn:aws:states:us-east-1:123456789012:"
OUTPUTS: Final = {
    f"{each}Arn": f"{STATES}stateMachine:{each}-0A1B" for each in ("Provision", "Reconcile", "Recover", "Teardown")
}
DEPLOYMENT: Final = Deployment(Place(region="us-east-1"), "stack", OUTPUTS, {})


def run(machine: str, status: str = "ABORTED", **given: object) -> Outcome:
    execution = f"{STATES}execution:{machine}-0A1B:one"
    return Outcome(execution, status, "{}", None, None, input=json.dumps(given))


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"lastRun": None}, UNTOLD),
        ({"holder": {**RECOVERING, "execution": "one"}}, "finishes it some 90 seconds"),
        ({"holder": RECOVERING}, "Recover is at work on what it has left"),
        ({"unfinished": {"m-1": "2026-01-01"}}, "not all that it had made is removed: the next run of orders"),
        ({"lastRun": {**RUN, "status": "READY"}}, "it had recorded orders as READY"),
        ({"lastRun": {**RUN, "machine": "teardown"}, "status": "TEARING_DOWN"}, "is TEARING_DOWN: a teardown is not"),
        ({"kept": RUN}, "what it had made stays"),
        ({"kept": {**RUN, "execution": "before"}}, "what it had made was removed"),
    ],
)
def test_each_state_of_the_item_has_its_words(item: dict[str, Any], told: str) -> None:
    assert told in became({"connection": "orders", "status": "FAILED", "lastRun": RUN, **item}, "one")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (run("Provision", connection="orders", plan=True), "it was a plan, which changes nothing"),
        (run("Provision", connection="orders"), "no connection orders"),
        (run("Provision", "FAILED", connection="orders"), None),
        (run("Reconcile", connection="orders"), None),
        (run("Another", connection="orders"), None),
    ],
)
def test_what_is_asked_of_the_registry_are_runs_that_died(outcome: Outcome, told: str | None) -> None:
    with mock.patch.object(stopped, "show_connection", side_effect=Problem("no connection orders", Exit.NOT_FOUND)):
        assert fate(DEPLOYMENT, outcome) == told


def test_an_output_is_told_by_the_machine_of_its_run() -> None:
    assert following._told_of(DEPLOYMENT, run("Reconcile", "SUCCEEDED"))({}) == ELSEWHERE
    ended = run("Provision", "FAILED", connection="orders")
    recover = run("Recover", "SUCCEEDED", executionArn=ended.execution)
    with mock.patch.object(stopped, "find_outcome", return_value=ended) as found, mock.patch.object(Place, "client"):
        told = following._told_of(DEPLOYMENT, recover)({})
    assert found.call_args[0][1] == ended.execution
    assert told == "one FAILED: it had ended by itself, and left nothing to recover"
