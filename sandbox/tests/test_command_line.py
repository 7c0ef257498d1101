"""The command line: what it prints where, and how it exits."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.__main__ import main
from sandbox.tests.engine_stage import FIXTURES

SMALL = ("--template", FIXTURES / "small" / "template.yaml")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def crash(tmp_path: Path) -> Path:
    file = tmp_path / "crash.json"
    file.write_text('{"function": "Crash", "event": 1}')
    return file


def test_a_run_that_fails_is_carried_out_all_the_same(capsys: pytest.CaptureFixture[str], crash: Path) -> None:
    code, out, err = run(capsys, "run", "call", crash, *SMALL, "--json")
    report: dict[str, Any] = json.loads(out)
    assert (code, report["steps"][0]["status"], report["steps"][0]["error"]) == (0, "FAILED", "QuotaExceeded")
    assert report["owned"] == {}
    assert err == "logged by a handler\n"


def test_without_json_it_is_a_summary(capsys: pytest.CaptureFixture[str], crash: Path) -> None:
    code, out, _ = run(capsys, "run", "call", crash, *SMALL, "--seed", 5)
    assert code == 0
    assert out.startswith("call: FAILED after ")
    assert "QuotaExceeded: no room" in out
    assert "made and still there:\n  nothing" in out


def test_the_summary_has_each_of_the_runs_that_were_started_together(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("steps: [{together: [{run: parent}, {run: plain}]}, {advance: 5}]")
    code, out, _ = run(capsys, "scenario", scenario, *SMALL)
    assert (code, out.count("parent: SUCCEEDED"), out.count("plain: SUCCEEDED")) == (0, 1, 1)
    assert "{'advance': 5.0}" in out


def test_run_and_a_scenario_of_that_run_report_the_same(
    capsys: pytest.CaptureFixture[str], crash: Path, tmp_path: Path
) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(json.dumps({"steps": [{"run": "call", "input": json.loads(crash.read_text())}]}))
    _, alone, _ = run(capsys, "run", "call", crash, *SMALL, "--json")
    _, within, _ = run(capsys, "scenario", scenario, *SMALL, "--json")
    assert alone == within


@pytest.mark.parametrize(
    "content", ["steps: [", "steps: [{run: nonesuch}]", "steps: [{run: call, stopAt: {state: No}}]"]
)
def test_what_cannot_be_carried_out_exits_2_and_prints_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str
) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(content)
    code, out, err = run(capsys, "scenario", scenario, *SMALL, "--json")
    assert (code, out) == (2, "")
    assert err


def test_a_world_is_read_from_its_file(capsys: pytest.CaptureFixture[str], crash: Path, tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text("region: Atlantis")
    assert run(capsys, "run", "call", crash, *SMALL, "--world", tmp_path / "none.yaml")[0] == 2
    assert run(capsys, "run", "call", crash, *SMALL, "--world", world)[0] == 2


def test_a_parameter_of_the_template_is_given(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asked = tmp_path / "asked.json"
    asked.write_text("{}")
    code, out, _ = run(capsys, "run", "parent", asked, *SMALL, "--json", "--parameter", "Pause=7")
    _, usual, _ = run(capsys, "run", "parent", asked, *SMALL, "--json")
    seconds = [json.loads(each)["steps"][0]["virtualSeconds"] for each in (out, usual)]
    assert (code, round(seconds[1] - seconds[0])) == (0, 23)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["Pauses=7"], "the template has no parameter Pauses"),
        (["Pause=soon"], "the parameter Pause may not be 'soon': it is no number"),
        (["Pause"], "--parameter 'Pause' is no KEY=VALUE"),
        (["=7"], "--parameter '=7' is no KEY=VALUE"),
        (["Pause=7", "Greeting=a=b", "Pause=8"], "--parameter Pause is given twice"),
    ],
)
@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_parameter_that_the_template_does_not_take_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], crash: Path, command: str, given: list[str], told: str
) -> None:
    asked = ("call", crash) if command == "run" else ()
    options = [option for each in given for option in ("--parameter", each)]
    assert run(capsys, command, *asked, *SMALL, *options) == (2, "", f"{told}\n")


def test_arguments_that_are_wrong_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        run(capsys, "walk")
    assert refused.value.code == 2
