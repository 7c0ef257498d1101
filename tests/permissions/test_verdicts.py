"""The judges of `make lint`, called as it calls them: `main` returns zero if all is right, else it says what is wrong.

Each case makes one change in one function's policy, or in one machine's expression, and in what a run recorded of it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.deployment.resolver import ACCOUNT
from tools.definitions import replay
from tools.deployment import REGION
from tools.permissions import __main__ as permissions

GROUPS = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/"
DELETE, MODIFY = "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyTargetGroup"
TAG = "aws:ResourceTag/private-connection"
STATEMENT: dict[str, Any] = {
    "Sid": "DeleteOurTargetGroups",
    "Effect": "Allow",
    "Action": [DELETE],
    "Resource": [f"{GROUPS}pc-*/*"],
    "Condition": {"StringLike": {TAG: "*"}},
}
CALL = {
    "who": "Remove",
    "action": DELETE,
    "resource": f"{GROUPS}pc-orders/1",
    "context": {"aws:RequestedRegion": REGION, TAG: "orders"},
    "scenario": "a run",
    "missing": False,
}
DOUBLED = {"expression": "$n * 2", "variables": {"n": 2}, "value": 4}


def judged(folder: Path, **changes: object) -> int:
    """The verdict over one function whose statement has changes; what has become None is left out."""
    statement = {key: value for key, value in {**STATEMENT, **changes}.items() if value is not None}
    function = {"CodeUri": "remove/", "Handler": "app.handler", "Runtime": "python3.13"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    remove = {"Type": "AWS::Serverless::Function", "Properties": {**function, "Policies": [policy]}}
    parameters = {name: {"Type": "String"} for name in ("ExtendableRoleArns", "PermissionsBoundary")}
    document = {"Transform": "AWS::Serverless-2016-10-31", "Parameters": parameters, "Resources": {"Remove": remove}}
    template = folder / "template.json"
    template.write_text(json.dumps(document))
    (folder / "calls.1.jsonl").write_text(json.dumps(CALL) + "\n")
    return permissions.main(template, folder, folder / "permissions.md")


def replayed(folder: Path, recorded: dict[str, object], output: str = "{% $n * 2 %}") -> int:
    """The verdict over a machine of one expression and what was recorded."""
    states = {"Double": {"Type": "Pass", "Output": output, "End": True}}
    (folder / "double.asl.json").write_text(json.dumps({"StartAt": "Double", "States": states}))
    (folder / "expressions.1.jsonl").write_text(json.dumps(recorded) + "\n")
    return replay.main(folder, folder)


@pytest.fixture
def only_this_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exceptions that the product's functions need, and what its rule needs, are not asked for."""
    monkeypatch.setattr("tools.permissions.audit.BEYOND_IAM", ())
    monkeypatch.setattr("tools.permissions.audit.dependents", lambda needs: [])


@pytest.mark.needs_node
@pytest.mark.usefixtures("only_this_function")
def test_permissions_that_are_right_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(tmp_path) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("permissions: 1 recorded needs of 1 roles")
    assert line.endswith(f"0 problems ({tmp_path / 'permissions.md'})")
    assert f"| Remove | {DELETE} |" in (tmp_path / "permissions.md").read_text()


@pytest.mark.needs_node
@pytest.mark.usefixtures("only_this_function")
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Action": [MODIFY]}, f"Remove: {DELETE} on {CALL['resource']} is not granted"),
        ({"Action": [DELETE, MODIFY]}, f"DeleteOurTargetGroups grants {MODIFY} on {GROUPS}pc-*/*, which no run needs"),
        ({"Resource": "*"}, "on a thing of another name is allowed"),
        ({"Condition": None}, "on a thing without tags is allowed"),
    ],
    ids=["missing grant", "unused grant", "wildcard resource", "lost condition"],
)
def test_permissions_that_are_wrong_fail(
    tmp_path: Path, changes: dict[str, object], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judged(tmp_path, **changes) == 1
    assert problem in capsys.readouterr().out
    assert problem in (tmp_path / "permissions.md").read_text()


@pytest.mark.needs_node
def test_expressions_that_evaluate_the_same_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replayed(tmp_path, DOUBLED) == 0
    summary = "1 expressions of the definitions, 1 recorded inputs, 8 changed ones, 0 differences, 0 problems"
    assert capsys.readouterr().out == f"expressions: {summary}\n"


@pytest.mark.needs_node
@pytest.mark.parametrize(
    ("recorded", "output", "problem"),
    [
        ({**DOUBLED, "value": 5}, "{% $n * 2 %}", "differs: "),
        (DOUBLED, "{% $n * 3 %}", "$n * 3 was evaluated in no run"),
        ({**DOUBLED, "expression": "$uuid()"}, "{% $uuid() %}", "$uuid() has another value each time"),
    ],
)
def test_expressions_that_evaluate_otherwise_fail(
    tmp_path: Path, recorded: dict[str, object], output: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replayed(tmp_path, recorded, output) == 1
    assert problem in capsys.readouterr().out


def test_nothing_recorded_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main(recordings=tmp_path) == 2
    assert permissions.main(recordings=tmp_path) == 2
    told = capsys.readouterr().err
    assert "holds no recorded expressions" in told
    assert "holds no recorded calls" in told


@pytest.mark.parametrize("module", [replay, permissions], ids=["expressions", "permissions"])
def test_a_judge_that_does_not_run_fails(
    tmp_path: Path, module: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    broken = tmp_path / "node"
    broken.write_text("#!/bin/sh\necho it broke >&2\nexit 1\n")
    broken.chmod(0o755)
    asked = judged if module is permissions else lambda folder: replayed(folder, DOUBLED)
    assert asked(tmp_path) == 2
    assert capsys.readouterr().err == "it broke\n\n"
