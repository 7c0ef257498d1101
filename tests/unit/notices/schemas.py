"""The schema of an event, as it is committed for whoever receives it."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tools.write_schemas import FOLDER


@cache
def schema_of(detail_type: str) -> Draft202012Validator:
    return Draft202012Validator(_read(detail_type))


def required_of(detail_type: str) -> list[str]:
    """The keys that an event has to have."""
    required: list[str] = _read(detail_type)["required"]
    return required


def _read(detail_type: str) -> dict[str, Any]:
    name = f"event-{detail_type.lower().replace(' ', '-')}.json"
    document: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return document
