"""The command line: what it prints where, and how it exits."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import account as accounts
from sandbox import demo as demos
from sandbox.__main__ import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def bad_request(tmp_path: Path) -> Path:
    file = tmp_path / "request.json"
    file.write_text('{"connection": "NOT LEGAL"}')
    return file


def test_a_run_that_fails_is_carried_out_all_the_same(capsys: pytest.CaptureFixture[str], bad_request: Path) -> None:
    code, out, err = run(capsys, "run", "provision", bad_request, "--json")
    report: dict[str, Any] = json.loads(out)
    assert (code, report["steps"][0]["status"], report["steps"][0]["error"]) == (0, "FAILED", "InvalidRequest")
    assert report["owned"] == {}
    assert '"level":"WARNING"' in err, "the handlers' logs"


def test_without_json_it_is_a_summary(capsys: pytest.CaptureFixture[str], bad_request: Path) -> None:
    code, out, _ = run(capsys, "run", "provision", bad_request, "--seed", 5)
    assert code == 0
    assert out.startswith("provision: FAILED after ")
    assert "InvalidRequest: " in out
    assert "made and still there:\n  nothing" in out


def test_run_and_a_scenario_of_that_run_report_the_same(
    capsys: pytest.CaptureFixture[str], bad_request: Path, tmp_path: Path
) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(json.dumps({"steps": [{"run": "provision", "input": json.loads(bad_request.read_text())}]}))
    _, alone, _ = run(capsys, "run", "provision", bad_request, "--json")
    _, within, _ = run(capsys, "scenario", scenario, "--json")
    assert alone == within


@pytest.mark.parametrize(
    "content", ["steps: [", "steps: [{run: nonesuch}]", "steps: [{run: provision, stopAt: {state: No}}]"]
)
def test_what_cannot_be_carried_out_exits_2_and_prints_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str
) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(content)
    code, out, err = run(capsys, "scenario", scenario, "--json")
    assert (code, out) == (2, "")
    assert err


def test_a_world_is_read_from_its_file(capsys: pytest.CaptureFixture[str], bad_request: Path, tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text("region: Atlantis")
    assert run(capsys, "run", "provision", bad_request, "--world", tmp_path / "none.yaml")[0] == 2
    assert run(capsys, "run", "provision", bad_request, "--world", world)[0] == 2


def test_arguments_that_are_wrong_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        run(capsys, "walk")
    assert refused.value.code == 2


def test_the_demo_ends_in_the_hand_off(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demos, "BUILD", tmp_path / "demo")
    code, out, _ = run(capsys, "demo", "--fast")
    handoff = json.loads((tmp_path / "demo" / "handoff.json").read_text())
    assert code == 0
    assert handoff["status"] == "READY"
    assert out.count("Endpoint service name") == len(handoff["endpoints"]) == 3
    for endpoint in handoff["endpoints"]:
        assert f"{endpoint['endpoint']}:{endpoint['port']}" in out
        assert endpoint["serviceName"] in out
    assert handoff["roleArn"] in out
    assert '"level"' not in out, "logs are beside the hand-off"
    assert (tmp_path / "demo" / "functions.log").read_text().count('"level"') > 10


def test_the_demo_of_a_teardown_ends_with_nothing_left(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demos, "BUILD", tmp_path / "demo")
    code, out, _ = run(capsys, "demo", "--fast", "--teardown")
    report = json.loads((tmp_path / "demo" / "teardown.json").read_text())
    assert code == 0
    assert (report["output"]["clean"], report["owned"], report["foreignChanges"]) == (True, {}, [])
    assert "removed 3 endpointService" in out
    assert out.endswith("owned: {}\nforeignChanges: []\n")


def test_a_teardown_that_leaves_something_exits_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = tmp_path / "keeping.json"
    keeping.write_text('{"connection": "redis-demo"}')
    monkeypatch.setattr(demos, "BUILD", tmp_path / "demo")
    monkeypatch.setattr(demos, "REMOVAL", keeping)
    code, out, _ = run(capsys, "demo", "--fast", "--teardown")
    assert code == 1
    assert '"replicationGroup": ["redis-demo"]' in out


def test_a_demo_that_fails_says_why_and_exits_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad_request: Path
) -> None:
    monkeypatch.setattr(demos, "BUILD", tmp_path / "demo")
    monkeypatch.setattr(demos, "REQUEST", bad_request)
    code, out, _ = run(capsys, "demo", "--fast")
    assert code == 1
    assert "InvalidRequest: " in out
    assert not (tmp_path / "demo" / "handoff.json").exists()


def test_the_deployed_template_is_the_one_that_runs() -> None:
    assert accounts.TEMPLATE.name == "template.yaml"
    assert accounts.TEMPLATE.is_file()
