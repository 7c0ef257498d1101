"""The sandbox in the background: it is started once, one that hangs is ended, one of another world is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from private_connection_cli import sandboxes
from private_connection_cli.deployment import STACK, Place
from private_connection_cli.problems import Exit, Problem

HANGING = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
"""A process that ignores the signal that asks it to end."""


FIXTURES = Path("sandbox/tests/fixtures").resolve()
SMALL = FIXTURES / "records"
"""It has a template that is soon deployed."""


def recorded(folder: Path, pid: int, **state: str) -> None:
    (folder / "state.json").write_text(json.dumps({"pid": str(pid), "world": "", **state}))


def test_it_is_started_where_none_answers_and_once_and_has_the_template_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (tmp_path / "small").symlink_to(FIXTURES / "small")  # where a machine of the template is
    for each in (*SMALL.iterdir(), Path("sandbox").resolve()):
        (checkout / each.name).symlink_to(each)
    monkeypatch.setattr(sandboxes, "CHECKOUT", checkout)
    gone = dict.fromkeys(sandboxes.VARIABLES, "x") | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    recorded(tmp_path, 0, **gone)
    found = sandboxes.open_sandbox(None, tmp_path)
    try:
        assert sandboxes.open_sandbox(None, tmp_path) == found
        (stack,) = Place(variables=found).client("cloudformation").describe_stacks()["Stacks"]
        assert stack["StackName"] == STACK
        assert [each["OutputKey"] for each in stack["Outputs"]] == ["CallArn", "Open"]
    finally:
        assert sandboxes.stop_sandbox(tmp_path)
    assert not sandboxes.stop_sandbox(tmp_path)


def test_one_that_hangs_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HANGING, "sandbox", "serve", "--idle"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        recorded(tmp_path, process.pid)
        assert sandboxes.stop_sandbox(tmp_path, patience=0.05)
        assert process.wait() == -9
    assert not (tmp_path / "state.json").exists()
    assert not sandboxes.stop_sandbox(tmp_path)


def test_another_process_that_has_got_its_number_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        recorded(tmp_path, process.pid)
        assert not sandboxes.stop_sandbox(tmp_path)
        assert process.poll() is None
        process.communicate(b"\n")


@pytest.mark.parametrize("state", ["", "{}", '{"pid": "x"}', "[]"])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, state: str) -> None:
    (tmp_path / "state.json").write_text(state)
    assert not sandboxes.stop_sandbox(tmp_path)


def test_one_that_began_with_another_world_is_told_how_to_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    recorded(tmp_path, 0, world=str(first))
    found = {"AWS_REGION": "us-east-1"}
    monkeypatch.setattr(sandboxes, "running_sandbox", lambda folder: found)
    assert sandboxes.open_sandbox(first, tmp_path) == sandboxes.open_sandbox(None, tmp_path) == found
    with pytest.raises(Problem, match="private-connection sandbox reset --world") as told:
        sandboxes.open_sandbox(second, tmp_path)
    assert told.value.code == Exit.USAGE
