"""What an item was before it was last written, for reads that may be stale and for writes that are refused.

A read that is not asked to be consistent may answer what was there before a recent write (DynamoDB developer guide,
"DynamoDB read consistency"). How recent is not documented: it answers the older item for the latency `itemVisibility`,
always, so that what relies on a fresh answer fails.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType

from sandbox.services.dynamodb.expressions import invalid

Key = tuple[DynamoType, DynamoType | None]


@dataclass(frozen=True)
class Version:
    """What was under a key until it was written: an item, or nothing."""

    table: str
    key: Key
    item: Any
    until: float


def key_of(table: Any, attributes: Mapping[str, Any]) -> Key:
    """The key of an item, or of a request that names one. Raises Refused where a part of it is missing."""
    ranged = table.range_key_attr
    missing = [name for name in (table.hash_key_attr, ranged) if name and name not in attributes]
    if missing:
        raise invalid(f"One or more parameter values were invalid: Missing the key {missing[0]} in the item")
    return DynamoType(attributes[table.hash_key_attr]), DynamoType(attributes[ranged]) if ranged else None


@contextmanager
def writing(backend: Any, targets: Iterable[tuple[Any, Mapping[str, Any]]], now: float) -> Iterator[None]:
    """While entered, these items of these tables may change. An exception puts all of them back."""
    before = [
        Version(table.name, key, deepcopy(_at(table, key)), now)
        for table, attributes in targets
        for key in [key_of(table, attributes)]
    ]
    try:
        yield
    except Exception:
        for each in before:
            _put(backend.tables[each.table], each.key, each.item)
        raise
    _versions(backend).extend(before)


@contextmanager
def as_before(backend: Any, tables: Iterable[str], since: float) -> Iterator[None]:
    """While entered, these tables hold what they held at that time."""
    kept = _versions(backend)
    kept[:] = [each for each in kept if each.until > since]
    # the first version of a key that was replaced since then is the one that was there
    older = {(each.table, each.key): each for each in reversed(kept) if each.table in tables}
    now = [(backend.tables[each.table], each.key, _at(backend.tables[each.table], each.key)) for each in older.values()]
    for each in older.values():
        _put(backend.tables[each.table], each.key, each.item)
    try:
        yield
    finally:
        for table, key, item in now:
            _put(table, key, item)


def _versions(backend: Any) -> list[Version]:
    found: list[Version] = backend.__dict__.setdefault("versions", [])
    return found


def _at(table: Any, key: Key) -> Any:
    return table.get_item(*key)


def _put(table: Any, key: Key, item: Any) -> None:
    hashed, ranged = key
    held, name = (table.items, hashed) if ranged is None else (table.items[hashed], ranged)
    remove: Callable[..., Any] = held.pop
    if item is None:
        remove(name, None)
    else:
        held[name] = item
