"""The command line: what it prints where, and how it exits."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import account as accounts
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


def test_the_deployed_template_is_the_one_that_runs() -> None:
    assert accounts.TEMPLATE.name == "template.yaml"
    assert accounts.TEMPLATE.is_file()
