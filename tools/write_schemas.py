"""Writes the JSON Schemas of what the state machines take and return, of what the registry holds and of the events that
tell of connections, from the models, into docs/schema/.

python -m tools.write_schemas [--check]
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from private_connection.handoff import Handoff, OvertakenRepair
from private_connection.notices.events import KINDS
from private_connection.planning.plan import Plan
from private_connection.reconcile.swept import LeftToAnother, Swept
from private_connection.registry.entries import Entry
from private_connection.request.models import ProvisionRequest
from private_connection.request.removal import TeardownRequest
from private_connection.request.sweeping import SweepRequest
from private_connection.teardown.report import Report

FOLDER = Path("docs/schema")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: Mapping[str, tuple[Any, JsonSchemaMode]] = {
    "provision-input.json": (ProvisionRequest, "validation"),
    "provision-output.json": (Handoff | Plan | OvertakenRepair, "serialization"),
    "plan.json": (Plan, "serialization"),
    "teardown-input.json": (TeardownRequest, "validation"),
    "teardown-output.json": (Report, "serialization"),
    "reconcile-input.json": (SweepRequest | list[JsonValue], "validation"),
    "reconcile-output.json": (Swept | LeftToAnother, "serialization"),
    "registry-item.json": (Entry, "serialization"),
    **{f"event-{each.detail_type.lower().replace(' ', '-')}.json": (each, "serialization") for each in KINDS},
}


def schema(model: Any, mode: JsonSchemaMode) -> str:
    """The model's schema as the file holds it."""
    document = {"$schema": DIALECT, **TypeAdapter(model).json_schema(mode=mode)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def outdated() -> list[Path]:
    """The files that are missing or not what the models say."""
    return [
        FOLDER / name
        for name, (model, mode) in SCHEMAS.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text() != schema(model, mode)
    ]


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (model, mode) in SCHEMAS.items():
        (FOLDER / name).write_text(schema(model, mode))


def main(arguments: Sequence[str]) -> int:
    wrong = outdated()
    if "--check" not in arguments:
        write()
        return 0
    sys.stderr.writelines(f"{path} is not what the models say: make schemas\n" for path in wrong)
    sys.stdout.write(f"schemas: {len(SCHEMAS)} of {FOLDER} checked, {len(wrong)} not what the models say\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
