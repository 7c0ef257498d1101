"""The demo: what it prints, what it leaves in its folder, and how it exits."""

import contextlib
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from consumer.connecting import connect
from private_connection_cli import demo as demos
from private_connection_cli import in_process
from private_connection_cli.commands import app
from sandbox.account import Account
from sandbox.scenarios.forks import Holder
from tests.cli.calling import SELDOM, called
from tests.inside import Inside
from tests.scenarios import connected


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        app(["demo", "--fast", *arguments])
    return int(ended.value.code or 0), capsys.readouterr().out


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo leaves what it has written; whoever watches looks seldom."""
    folder = tmp_path / "demo"
    monkeypatch.setattr(demos, "BUILD", folder)
    monkeypatch.setattr(demos, "LOOK", SELDOM)
    monkeypatch.setattr(in_process, "FOLDER", folder)
    return folder


@pytest.fixture
def ready(connection: Holder[Account]) -> Inside:
    return Inside(connection)


def once_more(account: Account, folder: Path, *arguments: str, **instead: Any) -> tuple[int, str]:
    """The demo where what it provisions is READY already, with other things than its own."""
    asked = folder / "asked.json"
    asked.write_text(json.dumps(connected.ORDERS))
    instead |= {"opened": lambda *_: contextlib.nullcontext(account), "REQUEST": asked, "BUILD": folder}
    with mock.patch.multiple(demos, **instead):
        return called(account, "demo", "--fast", *arguments)[:2]


def test_the_demo_shows_the_hand_off_and_its_teardown_leaves_nothing(
    capsys: pytest.CaptureFixture[str], build: Path
) -> None:
    code, out = run(capsys, "--teardown")
    handoff = json.loads((build / "handoff.json").read_text())
    assert code == 0
    assert handoff["status"] == "READY"
    assert out.count("Endpoint service name") == len(handoff["endpoints"]) == 3
    for endpoint in handoff["endpoints"]:
        assert f"{endpoint['endpoint']}:{endpoint['port']}" in out
        assert endpoint["serviceName"] in out
    assert handoff["roleArn"] in out
    names = json.loads((build / "names.json").read_text())
    assert names.keys() == {each["endpoint"] for each in handoff["endpoints"]}
    assert out.index("the other side, account 794031221915, has this hand-off") > out.index("Endpoint service name")
    assert all(f"{name} leads to its endpoint {address}\n" in out for name, address in names.items())
    assert '"level"' not in out, "logs are beside the hand-off"
    assert (build / "functions.log").read_text().count('"level"') > 10
    report = json.loads((build / "teardown.json").read_text())
    assert (report["output"]["clean"], report["owned"], report["foreignChanges"]) == (True, {}, [])
    assert "\n  3 endpoint services         vpce-svc-" in out
    assert "the other side has deleted its 3 endpoints" in out
    assert out.endswith("\nthe account is as it was before\n")


def test_a_teardown_that_leaves_something_exits_1(ready: Account, tmp_path: Path) -> None:
    keeping = tmp_path / "keeping.json"
    keeping.write_text('{"connection": "orders"}')
    code, out = once_more(ready, tmp_path, "--teardown", REMOVAL=keeping)
    assert code == 1
    assert "left: replicationGroup orders\n" in out


def test_a_demo_in_which_the_other_side_is_refused_exits_1(ready: Account, tmp_path: Path) -> None:
    refused = {"workspaceId": "xx"}
    code, out = once_more(ready, tmp_path, connect=lambda handoff, own: connect({**handoff, **refused}, own))
    assert code == 1
    assert out.endswith("[AccessDenied]\n")


def test_a_demo_that_fails_says_why_and_exits_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Path
) -> None:
    bad = tmp_path / "request.json"
    bad.write_text('{"connection": "NOT LEGAL"}')
    monkeypatch.setattr(demos, "REQUEST", bad)
    code, out = run(capsys)
    assert code == 1
    assert "InvalidRequest: " in out
    assert not (build / "handoff.json").exists()


def test_the_deployed_template_is_the_one_that_runs() -> None:
    assert Path("template.yaml").resolve() == in_process.TEMPLATE
