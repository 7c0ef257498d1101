"""What the README and the documents say can be done can be done."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from private_connection.request.models import ProvisionRequest, TeardownRequest
from tools.deployment import read_template

README = Path("README.md").read_text()
PAGES = sorted([Path("README.md"), *Path("docs").rglob("*.md")])


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def example(text: str) -> Any:
    """JSON with comments, without them."""
    return json.loads(re.sub(r"\s+//.*$", "", text, flags=re.MULTILINE))


def test_readme_opens_with_the_two_commands() -> None:
    first = README.split("```")[1]
    assert [line.split("#")[0].strip() for line in first.strip().splitlines()] == ["make demo", "make test"]


def test_smallest_input_is_one() -> None:
    (smallest,) = blocks("json")
    assert set(ProvisionRequest.model_validate_json(smallest).model_fields_set) == {
        "connection",
        "workspace_id",
        "cluster",
    }


def test_annotated_input_is_the_smallest_with_every_default() -> None:
    (smallest,), (annotated,) = blocks("json"), blocks("jsonc")
    completed = ProvisionRequest.model_validate_json(smallest).model_dump(mode="json", by_alias=True)
    assert example(annotated) == completed


def test_inputs_on_the_command_line_are_inputs() -> None:
    inputs = re.findall(r"--input '(.*?)'", README)
    assert [TeardownRequest.model_validate_json(each) for each in inputs]


def test_named_files_exist() -> None:
    named = re.findall(r"(?:file://|python -m sandbox \w+ )([\w/.-]+)", README)
    paths = [each for each in named if "/" in each]
    assert paths
    assert [each for each in paths if not Path(each).is_file()] == []


def test_named_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", README)) <= targets


def test_named_parameters_and_outputs_exist() -> None:
    template = read_template()
    known = {*template.parameters, *template.source["Outputs"]}
    camel = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", README))
    assert camel - known - {"InvalidRequest", "ConnectionInUse"} == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
