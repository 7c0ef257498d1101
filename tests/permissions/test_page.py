"""docs/permissions.md shows what the template grants, and the policies beside it can be attached."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.permissions import page
from tools.render import rendered

POLICIES = sorted(Path("docs/policies").glob("*.json"))
CFN_LINT = Path(sys.executable).parent / "cfn-lint"
WRONG = "wrong"
LONGEST_POLICY = 6144
"""Characters of a managed policy, without white space (IAM quotas)."""


def policy(name: str) -> Any:
    return json.loads(Path(f"docs/policies/{name}.json").read_text())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What cfn-lint says of each policy, by its name, and of one with an action that does not exist: asked once."""
    wrong = policy("run")
    wrong["Statement"][0]["Action"] = ["states:StartNonesuch"]
    documents = {**{path.stem: policy(path.stem) for path in POLICIES}, WRONG: wrong}
    resources = {
        name: {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
        for name, document in documents.items()
    }
    template = tmp_path_factory.mktemp("policies") / "template.json"
    template.write_text(json.dumps({"Resources": resources}))
    done = subprocess.run([CFN_LINT, "--format", "json", template], capture_output=True, text=True, check=False)
    found = [(each["Location"]["Path"][1], each["Message"]) for each in json.loads(done.stdout)]
    assert {name for name, _ in found} <= documents.keys()
    return {name: [message for of, message in found if of == name] for name in documents}


def test_the_page_is_what_the_template_grants(capsys: pytest.CaptureFixture[str]) -> None:
    assert page.main(["--check"]) == 0, "run make permissions"
    assert capsys.readouterr().out == "granted: docs/permissions.md checked, as the template grants\n"


def test_an_old_page_is_noticed_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "permissions.md"
    assert page.main(["--check"], old) == 1
    old.write_text("old")
    assert page.main(["--check"], old) == 1
    assert "make permissions" in capsys.readouterr().err
    assert page.main([], old) == 0
    assert page.main(["--check"], old) == 0


def test_a_changed_grant_makes_the_page_old() -> None:
    template = rendered()
    statement = template["Resources"]["AllowPrincipalRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    before = page.page(template)
    statement[0]["Action"] = ["ec2:DescribeVpcs"]
    assert page.page(template) != before


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_can_be_attached(path: Path, told: dict[str, list[str]]) -> None:
    assert len(re.sub(r"\s", "", path.read_text())) <= LONGEST_POLICY
    assert told[path.stem] == []


def test_an_action_that_iam_does_not_know_would_be_found(told: dict[str, list[str]]) -> None:
    (message,) = told[WRONG]
    assert "startnonesuch" in message.lower()
