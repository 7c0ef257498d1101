"""`make lint` fails on a definition with a fault: asked as it asks, with the deployed definitions and one change."""

import shutil
from pathlib import Path

import pytest

from tools.definitions.check import main
from tools.definitions.reading import FOLDER
from tools.deployment import TEMPLATE


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A copy of the template and of its definitions."""
    shutil.copy(TEMPLATE, tmp_path / "template.yaml")
    shutil.copytree(FOLDER, tmp_path / "statemachine")
    return tmp_path


def checked(deployed: Path) -> int:
    return main(deployed / "statemachine", deployed / "template.yaml")


def change(file: Path, before: str, after: str) -> None:
    """In its first occurrence."""
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_deployed_definitions_pass(deployed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(deployed) == 0
    assert capsys.readouterr().out.endswith(", 0 problems\n")


@pytest.mark.parametrize(
    ("file", "before", "after", "problem"),
    [
        ("statemachine/provision.asl.json", '"Next": "', '"Next": "Nowhere', "leads to Nowhere"),
        ("statemachine/provision.asl.json", '"TimeoutSeconds": 90', '"Nonesuch": 90', "has no TimeoutSeconds"),
        ("statemachine/provision.asl.json", "{% $", "{% $nonesuch + $", "$nonesuch is not assigned"),
        ("statemachine/teardown.asl.json", "${", "${Nonesuch", "is not in DefinitionSubstitutions"),
        ("statemachine/request.asl.json", "  ", " ", "is not in form: make format"),
        ("template.yaml", "CheckTargetHealth: !GetAtt", "Nonesuch: !GetAtt", "Nonesuch of DefinitionSubstitutions"),
    ],
    ids=["dangling Next", "missing timeout", "undefined variable", "unknown substitution", "form", "template"],
)
def test_a_definition_with_a_fault_fails(
    deployed: Path, file: str, before: str, after: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(deployed / file, before, after)
    assert checked(deployed) == 1
    assert problem in capsys.readouterr().out
