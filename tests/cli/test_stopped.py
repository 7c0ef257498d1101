"""What `watch` says of a run that was stopped, and of Recover, which finishes it: by its machine, and by its item."""

import json
import re
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
import typer

from private_connection_cli import following, stopped
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.stopped import CODES, became, fate
from private_connection_cli.swept import ELSEWHERE
from private_connection_cli.watch.outcomes import Outcome

RUN: Final = {"execution": "one", "maker": "m-1", "machine": "provision", "status": "ABORTED"}
RECOVERING: Final = {"execution": "two", "maker": "m-2", "machine": "recover"}
STATES: Final = "arn:aws:states:us-east-1:123456789012:"
OUTPUTS: Final = {
    f"{each}Arn": f"{STATES}stateMachine:{each}-0A1B" for each in ("Provision", "Reconcile", "Recover", "Teardown")
}
DEPLOYMENT: Final = Deployment(Place(region="us-east-1"), "stack", OUTPUTS, {})
ITEM: Final = {"connection": "orders", "status": "FAILED", "lastRun": RUN}


def run(machine: str, status: str = "ABORTED", **given: object) -> Outcome:
    execution = f"{STATES}execution:{machine}-0A1B:one"
    return Outcome(execution, status, "{}", None, None, input=json.dumps(given))


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"lastRun": None}, "UNTOLD"),
        ({"holder": {**RECOVERING, "execution": "one"}}, "RECOVERY_AWAITED"),
        ({"holder": RECOVERING}, "RECOVERING"),
        ({"unfinished": {"m-1": "2026-01-01"}}, "UNFINISHED"),
        ({"lastRun": {**RUN, "status": "READY"}}, "READY"),
        ({"lastRun": {**RUN, "machine": "teardown"}, "status": "TEARING_DOWN"}, "NOT_CONTINUED"),
        ({"kept": RUN}, "KEPT"),
        ({"kept": {**RUN, "execution": "before"}}, "REMOVED"),
    ],
)
def test_each_state_of_the_item_has_its_code(item: dict[str, Any], code: str) -> None:
    assert became({**ITEM, **item}, "one") == code


@pytest.mark.parametrize(
    ("outcome", "code", "told"),
    [
        (run("Provision", connection="orders", plan=True), "PLAN", "it was a plan, which changes nothing"),
        (run("Provision", connection="orders"), "UNKNOWN", "no connection orders"),
        (run("Teardown", "TIMED_OUT", connection="orders"), "UNKNOWN", "no connection orders"),
    ],
)
def test_a_run_that_died_has_a_fate(outcome: Outcome, code: str, told: str) -> None:
    with mock.patch.object(stopped, "show_connection", side_effect=Problem("no connection orders", Exit.NOT_FOUND)):
        found = fate(DEPLOYMENT, outcome)
    assert found is not None
    assert found.as_json() == {
        "execution": outcome.execution,
        "status": outcome.status,
        "code": code,
        "message": told,
    }


@pytest.mark.parametrize(
    "outcome",
    [
        run("Provision", "FAILED", connection="orders"),
        run("Provision", "SUCCEEDED", connection="orders"),
        run("Reconcile", connection="orders"),
        run("Another", connection="orders"),
        run("Recover", "FAILED"),
    ],
)
def test_no_other_run_has_one(outcome: Outcome) -> None:
    assert fate(DEPLOYMENT, outcome) is None


def test_the_item_says_what_is_told_of_a_stopped_teardown() -> None:
    died = run("Teardown", connection="orders")
    item = {**ITEM, "status": "TEARING_DOWN", "lastRun": {**RUN, "execution": died.execution, "machine": "teardown"}}
    with mock.patch.object(stopped, "show_connection", return_value=item):
        found = fate(DEPLOYMENT, died)
    assert found is not None
    assert found.message == "orders was released and is TEARING_DOWN: a teardown is not continued, start it again"


def test_an_output_is_told_by_the_machine_of_its_run() -> None:
    assert following._told_of(DEPLOYMENT, run("Reconcile", "SUCCEEDED"), None)({}) == ELSEWHERE
    ended = run("Provision", "FAILED", connection="orders")
    recover = run("Recover", "SUCCEEDED", executionArn=ended.execution)
    with mock.patch.object(stopped, "find_outcome", return_value=ended) as found, mock.patch.object(Place, "client"):
        told = following._told_of(DEPLOYMENT, recover, fate(DEPLOYMENT, recover))({})
    assert found.call_args[0][1] == ended.execution
    assert told == "one FAILED: it had ended by itself, and left nothing to recover"


@pytest.mark.parametrize(("given", "code"), [({"plan": True}, "PLAN"), ({}, None)])
def test_json_has_the_fate_beside_the_outcome(
    capsys: pytest.CaptureFixture[str], given: dict[str, object], code: str | None
) -> None:
    outcome = run("Provision", "ABORTED" if given else "FAILED", **given)
    with mock.patch.object(following, "_watched", return_value=outcome), pytest.raises(typer.Exit):
        following.followed(DEPLOYMENT, outcome.execution, wait=True, as_json=True, told=str)
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["execution", "status", "error", "cause", "output", "fate"]
    assert (said["fate"] or {}).get("code") == code


def test_the_page_has_each_code() -> None:
    page = Path("docs/command-line.md").read_text()
    assert re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE) == list(CODES)
