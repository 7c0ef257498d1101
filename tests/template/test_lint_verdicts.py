"""Every step of `make lint` says its verdict in a line: those of ours that would be silent, and cfn-lint, which is."""

import functools
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import render, write_schemas
from tools.definitions import check, form, graph
from tools.definitions.reading import definitions

PROGRAMS = Path(sys.executable).parent
DEFINITIONS = [str(path) for path in definitions()]
STEPS: dict[str, tuple[Callable[[Path], int], str]] = {
    "form": (
        lambda at: form.main(["--check", *DEFINITIONS]),
        f"{len(DEFINITIONS)} definitions checked, 0 not",
    ),
    "definitions": (lambda at: check.main(), f"{len(DEFINITIONS)} checked against "),
    "graphs": (lambda at: graph.main(["--check"]), "of docs/architecture.md checked, as the definitions are"),
    "schemas": (
        lambda at: write_schemas.main(["--check"]),
        f"{len(write_schemas.SCHEMAS)} of docs/schema checked, 0 not what the models say",
    ),
    "rendered": (lambda at: render.main(at), " resources ("),
}

GRANT = {"Effect": "Allow", "Action": ["ec2:DescribeEverything"], "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "states.amazonaws.com"}}
ROLE = {
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]},
    "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [GRANT]}}],
}
LOOK = {"Type": "Task", "Resource": "${CheckCluzter}", "End": True}
LOOKING = {
    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
    "DefinitionString": json.dumps({"StartAt": "Look", "States": {"Look": LOOK}}),
    "DefinitionSubstitutions": {},
}
TEMPLATES: dict[str, object] = {
    "right": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}},
    "wrong": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Nonesuch": 1}}},
    "inside": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": ROLE},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": LOOKING},
    },
}
"""What cfn-lint is shown, by name: the resources of templates."""


def lint_steps() -> list[str]:
    recipes = re.findall(r"^(?:lint|types|judges):.*\n((?:\t.*\n)+)", Path("Makefile").read_text(), re.MULTILINE)
    return [line.strip() for recipe in recipes for line in recipe.splitlines()]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_says_its_verdict_in_a_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    step, verdict = STEPS[name]
    assert step(tmp_path) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{name}: ")
    assert verdict in line


def test_what_is_not_in_form_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crooked = tmp_path / "crooked.asl.json"
    crooked.write_text('{"StartAt":"A"}')
    assert form.main(["--check", *DEFINITIONS, str(crooked)]) == 1
    assert capsys.readouterr() == (
        f"form: {len(DEFINITIONS) + 1} definitions checked, 1 not in form\n",
        f"{crooked}: is not in form\n",
    )


@pytest.mark.parametrize(
    "folder", ["functions", "layers", "sandbox", "statemachine", "tests/scenarios", "tests/faults"]
)
def test_recordings_get_old_with_every_file_of_what_is_run(folder: str) -> None:
    """Otherwise `make lint` would judge what an older version did. Outside a git repository they are always old."""
    prerequisites = of_recordings()
    files = {str(each) for kind in ("py", "json", "yaml") for each in Path(folder).rglob(f"*.{kind}")}
    missing = {each for each in files if not each.startswith("sandbox/tests/")} - prerequisites
    assert not missing or "always" in prerequisites


@functools.cache
def of_recordings() -> set[str]:
    """What make remakes recordings for."""
    rules = subprocess.run(["make", "-pnq", "help"], capture_output=True, text=True, check=False).stdout
    (prerequisites,) = re.findall(r"^build/recordings/complete: (.*)", rules, re.MULTILINE)
    return set(prerequisites.split())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What cfn-lint says of these templates, asked as `make lint` does: that of ours it says nothing, is seen there."""
    (step,) = [each for each in lint_steps() if "/cfn-lint " in each]
    _, *options, _ = step.split()
    folder = tmp_path_factory.mktemp("templates")
    for name, resources in TEMPLATES.items():
        (folder / f"{name}.json").write_text(json.dumps({"Resources": resources}))
    templates = [str(folder / f"{name}.json") for name in TEMPLATES]
    return subprocess.run([PROGRAMS / "cfn-lint", *options, *templates], capture_output=True, text=True, check=False)


def test_cfn_lint_as_make_lint_asks_it(told: subprocess.CompletedProcess[str]) -> None:
    _, _, of_wrong = told.stdout.partition("wrong.json\n")
    assert told.returncode != 0
    assert of_wrong.split()[1] == "E3002"
    assert "right.json" not in told.stdout
    verdict = rf"Cfn-lint scanned {len(TEMPLATES)} templates against \d+ rules and found [1-9]\d* errors"
    assert re.match(verdict, told.stdout.splitlines()[-1])


def test_cfn_lint_sees_into_policies_and_definitions(told: subprocess.CompletedProcess[str]) -> None:
    """As the rendered form has them: an action that does not exist, a substitution that is not given."""
    assert any("W3037" in each and "describeeverything" in each for each in told.stdout.splitlines())
    assert "CheckCluzter" in told.stdout


def test_checkov_is_asked_about_every_resource(tmp_path: Path) -> None:
    """It passes over those whose condition does not hold with the defaults of the parameters."""
    render.main(tmp_path)
    written, asked = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("template", "unconditional"))
    assert "file: [build/unconditional.json]" in Path(".checkov.yaml").read_text()
    assert any("Condition" in each for each in written["Resources"].values())
    assert not any("Condition" in each for each in asked["Resources"].values())
    assert written["Resources"].keys() == asked["Resources"].keys()
