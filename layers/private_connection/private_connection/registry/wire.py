"""The registry's items as DynamoDB has them, and what is made of one that cannot be read. Pure.

An item of a connection that cannot be read is nobody's to change. That of the sweeps holds nothing that the next sweep
would miss but who works: so it is read as a fresh one with that, and the sweep that claims it tells.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from private_connection.errors import NotOurs
from private_connection.registry.entries import SCHEMA, Item, Run, Sweep
from private_connection.registry.upgrades import upgraded

Wire = Mapping[str, Any]
"""An item's attributes by name, each with its DynamoDB type."""
Of = TypeVar("Of", bound=Item)
WHY_AT_MOST: Final = 500
"""Characters of why an item could not be read that are kept on the one that replaces it."""


def on_the_wire(item: Item) -> dict[str, Any]:
    """The item without what is null."""
    from boto3.dynamodb.types import TypeSerializer

    values = json.loads(item.model_dump_json(by_alias=True), parse_float=Decimal)
    return {key: TypeSerializer().serialize(value) for key, value in values.items() if value is not None}


def read_item(item: Wire, kind: type[Of]) -> Of:
    """Raises `NotOurs` for an item that has not the form which this deployment writes, or an earlier one wrote."""
    values = _values(item)
    try:
        return kind.model_validate_json(json.dumps(upgraded(json.loads(json.dumps(values, default=_number)))))
    except (TypeError, ValidationError) as error:
        raise NotOurs(
            f"reading the registry ({values['connection']}): its item has not the form that this deployment writes "
            f"(schema {SCHEMA}), {' '.join(str(error).split())}; restore it (runbook, Restore the registry), or delete "
            f"it, after which the next run goes by what it finds tagged"
        ) from error


def read_sweep(item: Wire) -> Sweep:
    """The sweeps' item; one that cannot be read as a fresh one, held by whom it names in whatever form."""
    try:
        return read_item(item, Sweep)
    except NotOurs as why:
        values = _values(item)
        version = values.get("version")
        return Sweep(
            version=version if isinstance(version, str) else None,
            holder=_run(values.get("holder")),
            unread=" ".join(str(why.__cause__).split())[:WHY_AT_MOST],
        )


def _run(holder: object) -> Run | None:
    """The run that a holder is, whatever else is said of it; null for what says of no run that it works."""
    known = {key: holder.get(key) for key in Run.model_fields} if isinstance(holder, Mapping) else {}
    try:
        return Run.model_validate(known)
    except ValidationError:
        return None


def _values(item: Wire) -> dict[str, Any]:
    from boto3.dynamodb.types import TypeDeserializer

    return {key: TypeDeserializer().deserialize(value) for key, value in item.items()}


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"it holds a {type(value).__name__}")
    return int(value) if value == int(value) else float(value)
