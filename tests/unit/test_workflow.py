"""What GitHub runs: what .ci/run says, with actions pinned to commits and no right but to read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted(Path(".github/workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> Any:
    return yaml.safe_load(request.param.read_text())


def steps(workflow: Any) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_the_workflow_runs_what_a_change_has_to_pass() -> None:
    assert any(step.get("run") == ".ci/run" for step in steps(yaml.safe_load(WORKFLOWS[0].read_text())))


def test_actions_are_pinned_to_commits(workflow: Any) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each)] == []


def test_a_workflow_may_read_and_no_more(workflow: Any) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    assert all(step["with"]["persist-credentials"] is False for step in steps(workflow) if "checkout" in str(step))


def test_a_job_ends(workflow: Any) -> None:
    assert all(job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())
