"""The committed schemas are those of the models, and say what the models say."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import BaseModel, TypeAdapter

from private_connection.handoff import Handoff
from private_connection.request.models import ProvisionRequest
from tools import write_schemas
from tools.write_schemas import FOLDER, SCHEMAS

SMALLEST = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / name).read_text()))


def test_committed_schemas_are_those_of_the_models() -> None:
    assert write_schemas.outdated() == [], "run make schemas"
    assert {path.name for path in FOLDER.iterdir()} == set(SCHEMAS)


def test_an_outdated_schema_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_schemas, "FOLDER", tmp_path / "schema")
    assert write_schemas.main(["--check"]) == 1
    write_schemas.main([])
    assert write_schemas.main(["--check"]) == 0
    (tmp_path / "schema" / "provision-input.json").write_text("{}")
    assert write_schemas.main(["--check"]) == 1


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((FOLDER / name).read_text()))


def sample_inputs() -> list[Any]:
    """The samples that are inputs; a list is the entries of a PutEvents call, whose details are."""
    samples = [json.loads(path.read_text()) for path in sorted(Path("events").glob("*.json"))]
    entries = [entry for sample in samples if isinstance(sample, list) for entry in sample]
    return [
        *(sample for sample in samples if isinstance(sample, dict)),
        *(json.loads(each["Detail"]) for each in entries),
    ]


@pytest.mark.parametrize("document", sample_inputs(), ids=json.dumps)
def test_sample_inputs_fit_a_schema_and_its_model(document: Any) -> None:
    inputs = [(name, model) for name, (model, mode) in SCHEMAS.items() if mode == "validation"]
    fitting = [model for name, model in inputs if validator(name).is_valid(document)]
    assert [TypeAdapter[Any](model).validate_json(json.dumps(document)) for model in fitting]


def test_the_smallest_input_fits() -> None:
    validator("provision-input.json").validate(SMALLEST)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"workspaceId": "a b"}, "workspaceId"),
        ({"workspaceId": "a"}, "workspaceId"),
        ({"connection": "Redis"}, "connection"),
        ({"connection": "a" * 33}, "connection"),
        ({"cluster": {"id": "a--b"}}, "id"),
        ({"cluster": {"id": "a", "create": {"port": 0}}}, "create"),
        ({"ingress": "everywhere"}, "ingress"),
        ({"zones": "every"}, "zones"),
        ({"unknown": 1}, None),
    ],
)
def test_what_the_model_refuses_the_schema_refuses(change: dict[str, Any], where: str | None) -> None:
    document = SMALLEST | change
    with pytest.raises(ValidationError) as refused:
        validator("provision-input.json").validate(document)
    assert where is None or where in refused.value.absolute_path
    with pytest.raises(ValueError, match="validation error"):
        ProvisionRequest.model_validate_json(json.dumps(document))


def test_an_output_has_every_key() -> None:
    outputs = json.loads((FOLDER / "provision-output.json").read_text())["$defs"]
    assert set(outputs["Handoff"]["required"]) == aliases(Handoff)
    assert set(outputs["OvertakenRepair"]["required"]) == {"connection", "status"}


def test_an_overtaken_repair_is_an_output() -> None:
    validator("provision-output.json").validate({"connection": "orders", "status": "OVERTAKEN"})
    with pytest.raises(ValidationError):
        validator("provision-output.json").validate({"connection": "orders", "status": "READY"})


def aliases(model: type[BaseModel]) -> set[str | None]:
    return {field.alias for field in model.model_fields.values()}
