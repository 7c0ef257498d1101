"""Commands about a connection that is READY: what a run would change, and what sweeps do about it."""

import json
import re
from pathlib import Path
from unittest import mock

import pytest

from private_connection_cli import run_commands
from sandbox.account import Account
from sandbox.runs import StopAt
from sandbox.scenarios.forks import Holder
from tests.cli.calling import called
from tests.inside import Inside
from tests.scenarios import connected


@pytest.fixture
def ready(connection: Holder[Account]) -> Inside:
    return Inside(connection)


def mode(account: Account) -> str | None:
    _, out, _ = called(account, "list", "--json")
    (listed,) = json.loads(out)
    asked: str | None = listed["reconcile"]
    return asked


def listed_as(account: Account) -> str:
    _, out, _ = called(account, "list")
    header, line = out.splitlines()
    return line[header.index("sweeps") :].split()[0]


def is_so_already(account: Account, command: str, asked: str) -> None:
    """It starts no run, and says what is asked."""
    runs = json.loads(called(account, "show", "orders")[1])["revision"]
    code, out, _ = called(account, command, "orders", "--json")
    assert (code, json.loads(out)) == (0, {"connection": "orders", "reconcile": asked})
    assert called(account, command, "orders")[1].endswith(" already\n")
    assert json.loads(called(account, "show", "orders", "--json")[1])["revision"] == runs


def test_resume_asks_for_what_was_asked_before_the_pause(ready: Account) -> None:
    assert ready.run("provision", {**connected.ORDERS, "reconcile": "repair"}).status == "SUCCEEDED"
    assert (mode(ready), listed_as(ready)) == ("repair", "repair")
    is_so_already(ready, "resume", "repair")
    told = "orders: from now on sweeps report what is not as it was left, and mend nothing\n"
    assert called(ready, "pause", "orders")[:2] == (0, told)
    assert (mode(ready), listed_as(ready)) == ("report", "report")
    assert called(ready, "resume", "orders")[:2] == (0, "orders: from now on sweeps mend what is not as it was left\n")
    assert mode(ready) == "repair"


def test_a_pause_that_nobody_made_ends_in_what_the_deployment_says(ready: Account) -> None:
    assert ready.run("provision", {**connected.ORDERS, "reconcile": "off"}).status == "SUCCEEDED"
    is_so_already(ready, "pause", "off")
    assert called(ready, "resume", "orders")[0] == 0
    assert (mode(ready), listed_as(ready)) == (None, "repair")


def test_a_plan_says_what_the_same_request_and_another_one_would_do(ready: Account, tmp_path: Path) -> None:
    same, other = tmp_path / "same.json", tmp_path / "other.json"
    same.write_text(json.dumps(connected.ORDERS))
    other.write_text(json.dumps({**connected.ORDERS, "tags": {"team": "a"}, "accessPolicy": "scoped"}))
    code, out, _ = called(ready, "plan", str(same), "--json")
    planned = json.loads(out)
    assert (code, planned["status"], planned["output"]["status"]) == (0, "SUCCEEDED", "PLANNED")
    assert {kind for kind, count in planned["output"]["counts"].items() if count} == {"keep"}
    code, out, _ = called(ready, "plan", str(other))
    assert code == 0
    assert "\n  ~ role policy " in out
    assert re.search(r"^  ~ load balancer .*\n      tags.team +a$", out, re.MULTILINE)
    assert "\nCost  by AWS's price list  sample price\n" in out
    assert json.loads(called(ready, "show", "orders")[1])["request"]["tags"] == {}


def test_a_plan_that_is_refused_exits_with_1_and_says_what_to_do(ready: Account, tmp_path: Path) -> None:
    absent = tmp_path / "absent.json"
    absent.write_text(json.dumps({**connected.ORDERS, "connection": "other", "cluster": {"id": "nope"}}))
    code, out, err = called(ready, "plan", str(absent))
    assert (code, out) == (1, "")
    lines = err.splitlines()
    first = lines.index("FAILED: InvalidRequest: validating request")
    assert lines[first + 1] == "  refusal CLUSTER_ABSENT  cluster.id"
    assert lines[first + 3].startswith("    → correct it")


def test_it_is_said_what_became_of_a_run_that_was_stopped(ready: Account) -> None:
    stop = StopAt(state="Record connection", when="before")
    assert ready.run("provision", connected.ORDERS, stop_at=stop).status == "ABORTED"
    dead = str(ready.runs[-1].root.exec_arn)
    assert ready.run("recover", {"executionArn": dead, "status": "ABORTED"}).status == "SUCCEEDED"
    recover, told = str(ready.runs[-1].root.exec_arn), "what it had made was removed, and orders was released"
    assert called(ready, "watch", recover)[:2] == (0, f"{dead.rpartition(':')[2]} ABORTED: {told}\n")
    fate = {"execution": dead, "status": "ABORTED", "code": "REMOVED", "message": told}
    for execution, code in ((dead, 1), (recover, 0)):
        ended, said, _ = called(ready, "watch", execution, "--json")
        assert (ended, json.loads(said)["fate"]) == (code, fate)
    with mock.patch.object(run_commands, "execution_of", return_value=recover):  # as while it holds the claim
        code, out, err = called(ready, "watch", "orders")
    assert (code, out, err.splitlines()[-2:]) == (1, "", ["ABORTED", told])
