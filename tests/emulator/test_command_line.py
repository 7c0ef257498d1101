"""The command line, in processes of its own, on the deployed stack: from a request to the sheet, and back."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.deployment_package import STACK
from tests.emulator.in_ministack import Stack
from tests.emulator.story import numbers

CHECKOUT = Path(__file__).resolve().parents[2]
FLAGS = ("--connection", "commanded", "--workspace", "ws-9", "--cluster", "orders")
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def call(stack: Stack, ministack_story: object) -> Call:
    """A command; the only deployment that there is needs no name."""
    variables = {**stack.ministack.variables(stack.sandbox), "PYTHONPATH": f"{CHECKOUT / 'cli'}:{CHECKOUT}"}

    def called(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "private_connection_cli", *arguments]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    return called


@pytest.fixture(scope="module")
def provisioned(call: Call) -> subprocess.CompletedProcess[str]:
    return call("provision", *FLAGS)


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_provision_shows_its_steps_and_ends_in_the_sheet(provisioned: subprocess.CompletedProcess[str]) -> None:
    assert provisioned.returncode == 0, provisioned.stderr
    assert provisioned.stdout.startswith("Private connection commanded, ready to be entered in the Ververica portal")
    for step in ("Read request: Step 0", "Register target: Step 4", "Provisioned: "):
        assert step in provisioned.stderr


def test_watch_tells_how_it_ended(call: Call, provisioned: subprocess.CompletedProcess[str]) -> None:
    watched = call("watch", "commanded")
    assert (watched.returncode, watched.stdout) == (0, provisioned.stdout)


@pytest.mark.usefixtures("provisioned")
def test_a_list_has_it_and_the_sheet_is_the_recorded_hand_off(call: Call) -> None:
    listed = {each["connection"]: each for each in answer(call("list", "--json", "--stack", STACK))}
    handoff = answer(call("sheet", "commanded", "--json"))
    assert (listed["commanded"]["status"], listed["orders"]["status"]) == ("READY", "TORN_DOWN")
    assert answer(call("show", "commanded"))["handoff"] == handoff
    assert "<!doctype html>" in call("sheet", "commanded", "--format", "html").stdout


@pytest.mark.usefixtures("provisioned")
def test_check_says_that_nobody_is_connected_yet(call: Call) -> None:
    checked = call("check", "commanded", "--json")
    assert checked.returncode == 1, checked.stderr
    nodes = json.loads(checked.stdout)
    assert [(each["node"], each["health"], each["works"]) for each in nodes] == [
        ("orders-0001-001", "healthy", False),
        ("orders-0002-001", "healthy", False),
    ]
    assert all(each["advice"][0].startswith("nobody has asked for a connection") for each in nodes)


@pytest.mark.usefixtures("provisioned")
def test_teardown_leaves_nothing(call: Call, stack: Stack) -> None:
    removed = answer(call("teardown", "commanded", "--yes", "--json"))
    assert (removed["status"], removed["output"]["clean"]) == ("SUCCEEDED", True)
    assert numbers(stack.snapshot.owned()) == Counter()
    assert "the connection commanded is TORN_DOWN" in call("sheet", "commanded").stderr
