"""A recorder keeps what functions needed and what expressions were evaluated on, once each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.scenarios import recording
from sandbox.scenarios.forks import Holder
from sandbox.scenarios.recording import Recorder
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / "small" / "template.yaml"


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """The only one at work, while the test runs."""
    monkeypatch.setattr(recording, "RECORDERS", [])
    monkeypatch.setattr(Account, "watchers", [])
    started = recording.start(tmp_path / "recordings")
    started.scenario = "testing"
    return started


@pytest.fixture
def account(recorder: Recorder) -> Iterator[Account]:
    with Account(World(), seed=1, template=SMALL) as opened:
        yield opened


def lines(folder: Path, kind: str) -> list[dict[str, Any]]:
    (file,) = (folder / "recordings").glob(f"{kind}.*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def run(account: Account) -> str:
    return account.run("call", {"function": "Visitor", "event": None}).status


def test_calls_are_kept_once_with_who_made_them(account: Account, recorder: Recorder, tmp_path: Path) -> None:
    for recorder.scenario in ("first", "second"):
        assert run(account) == "SUCCEEDED"
    machine, function = lines(tmp_path, "calls")
    assert machine == {
        "who": "Call",
        "action": "lambda:InvokeFunction",
        "resource": "Visitor",
        "context": {"aws:RequestedRegion": "us-east-1"},
        "missing": False,
        "scenario": "first",
    }
    assert function == {
        "who": "Visitor",
        "action": "ec2:DescribeVpcs",
        "resource": "*",
        "context": {"aws:RequestedRegion": "us-east-1", "ec2:Region": "us-east-1"},
        "missing": False,
        "scenario": "first",
    }


def test_a_denied_call_is_kept(account: Account, tmp_path: Path) -> None:
    account.run("call", {"function": "Trespasser", "event": None})
    assert [each["who"] for each in lines(tmp_path, "calls")] == ["Call", "Trespasser"]


def test_parameters_are_kept_where_they_change_the_functions_policies(recorder: Recorder, tmp_path: Path) -> None:
    given = {"Reach": "arn:aws:iam::123456789012:role/x", "Greeting": "hi"}
    with Account(World(), seed=1, template=SMALL, parameters=given) as account:
        for function in ("Visitor", "Trespasser"):
            account.run("call", {"function": function, "event": None})
    kept = {each["who"]: each.get("parameters") for each in lines(tmp_path, "calls")}
    assert kept == {"Call": None, "Visitor": None, "Trespasser": given}


def test_a_machine_that_starts_another_is_kept(account: Account, tmp_path: Path) -> None:
    account.run("parent", {"a": 1})
    started = [each for each in lines(tmp_path, "calls") if each["action"] == "states:StartExecution"]
    assert [(each["who"], each["resource"].rpartition(":")[2]) for each in started] == [("Parent", "sandbox-child")]


def test_expressions_are_kept_with_what_they_read(account: Account, tmp_path: Path) -> None:
    run(account)
    (kept,) = [each for each in lines(tmp_path, "expressions") if each["value"] == "Visitor"]
    assert kept["expression"].strip() == "$states.input.function"
    assert kept["variables"] == {"states": {"input": {"function": "Visitor", "event": None}}}


def test_inputs_of_an_expression_are_kept_up_to_a_number(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_INPUTS", 2)
    for function in ("Visitor", "Echo", "Slow", "Careless"):
        account.run("call", {"function": function, "event": None})
    kept = [each["value"] for each in lines(tmp_path, "expressions") if "function" in each["expression"]]
    assert kept == ["Visitor", "Echo"]


def test_forks_share_what_was_seen_and_take_the_label_of_who_asks(recorder: Recorder, tmp_path: Path) -> None:
    holder = Holder(lambda: Account(World(), seed=1, template=SMALL))
    recorder.scenario = "asking"
    for _ in range(2):
        assert holder.ask(recorder.labelled(run)) == "SUCCEEDED"
    holder.close()
    assert [each["scenario"] for each in lines(tmp_path, "calls")] == ["asking", "asking"]


@pytest.mark.parametrize(
    ("drawn", "alike"),
    [
        ("security-group/sg-62c3e9fc3f34c658d", "security-group/sg-0123456789abcdef0"),
        ("loadbalancer/net/pc-a-001-119efc76/b1278c92258d2498", "loadbalancer/net/pc-a-001-119efc76/0123456789abcdef"),
        ("role/access-orders-76944604", "role/access-orders-76944604"),
        ('"arn:aws:states:r:1:execution:Call:call-7 x"', '"arn:aws:states:r:1:execution:Call:one"'),
        ('"arn:aws:states:r:1:stateMachine:Call"', '"arn:aws:states:r:1:stateMachine:Call"'),
    ],
)
def test_random_ids_are_made_alike(drawn: str, alike: str) -> None:
    assert recording.made_alike(drawn) == alike


def test_what_has_no_name_is_not_kept(account: Account, recorder: Recorder, tmp_path: Path) -> None:
    recorder.scenario = ""
    run(account)
    assert lines(tmp_path, "calls") == lines(tmp_path, "expressions") == []
    recorder.scenario = "named"
    run(account)
    assert {each["scenario"] for each in lines(tmp_path, "calls")} == {"named"}
