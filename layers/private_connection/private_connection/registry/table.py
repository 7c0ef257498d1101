"""Reads and writes the registry, a DynamoDB table.

An item is read whole, changed as a value, and put back on the condition that nobody has put another one meanwhile. So
each change is one write that either happens or leaves everything as it is, and what a change decides, it decides of the
item that it replaces. DynamoDB returns the item that refused a write with the refusal (`ALL_OLD`, API reference,
PutItem), from which the change starts again. The condition is a digest of the item and no number, because items are
deleted: the next item of that connection would count from the beginning, and pass for the one that was read.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.errors import NotOurs, NotYetConsistent, Throttled, code_of, doing
from private_connection.naming import digest
from private_connection.registry.entries import SWEEP, Entry, Item, Sweep
from private_connection.registry.wire import Of, Wire, on_the_wire, read_item, read_sweep
from private_connection.settings import registry_table

READ_TOGETHER: Final = 100
"""Items that one call gives (API reference, BatchGetItem)."""
ATTEMPTS: Final = 5
"""Writes of one change, and calls for what was left. Runs rarely meet, and Step Functions repeats the step."""
UNCHANGED: Final = "#version = :version"
ABSENT: Final = "attribute_not_exists(#version)"
UNVERSIONED: Final = f"{ABSENT} OR NOT attribute_type(#version, :text)"
"""The condition of what replaces an item that could not be read, and had no version as this deployment writes them."""
Change = Callable[[Of], Of | None]
"""Makes the next item of the present one; None deletes it. The same one again changes nothing."""
Reading = Callable[[Wire], Of]
read_entry: Final = partial(read_item, kind=Entry)


def find_entry(connection: str) -> Entry | None:
    """The connection's item, read consistently. Raises `NotOurs` for one that has another form."""
    return _find(connection, read_entry)


def list_readable() -> tuple[list[Entry], list[str]]:
    """The items of all connections that have the form which this deployment writes, and the names of the others."""
    entries, unreadable = list[Entry](), list[str]()
    for item in _scanned():
        try:
            entries.append(read_entry(item))
        except NotOurs:
            unreadable.append(item["connection"]["S"])
    return entries, unreadable


def find_readable(connections: Collection[str]) -> dict[str, Entry]:
    """The items of these connections, read consistently, by name: those that are there and have this deployment's form.

    DynamoDB refuses to be asked for one twice, and leaves some for later where there is too much to read (API
    reference, BatchGetItem). Raises `Throttled` if it keeps doing so.
    """
    entries = dict[str, Entry]()
    for batch in clients.batches(sorted(set(connections)), READ_TOGETHER):
        for item in _read_together(batch):
            with suppress(NotOurs):
                entries[item["connection"]["S"]] = read_entry(item)
    return entries


def change_entry(connection: str, change: Change[Entry], seen: Entry | None = None) -> Entry:
    """Puts what ``change`` makes of the connection's item. That is taken to be ``seen``, or none, until it shows.

    Returns the item as it is then. Raises `NotYetConsistent` if others keep changing it, `NotOurs` for one that has
    another form, and what ``change`` raises.
    """
    return _change(Entry(connection=connection), change, seen, read_entry)


def change_sweep(change: Change[Sweep], seen: Sweep | None = None) -> Sweep:
    """Like `change_entry`, for the item of the sweeps, which is read if nobody has seen it, and never `NotOurs`."""
    return _change(Sweep(), change, seen or _find(SWEEP, read_sweep), read_sweep)


def _find(connection: str, read: Reading[Of]) -> Of | None:
    """The item with this key, read consistently."""
    with doing("reading the registry", connection):
        answer = clients.dynamodb().get_item(TableName=registry_table(), Key=_key(connection), ConsistentRead=True)
    return read(answer["Item"]) if "Item" in answer else None


def _change(absent: Of, change: Change[Of], seen: Of | None, read: Reading[Of]) -> Of:
    present = seen or absent
    for _ in range(ATTEMPTS):
        wanted = change(present)
        if wanted == present:
            return present
        following = None if wanted is None else _next(wanted)
        instead = _replace(present, following)
        if instead is None:
            return following or absent
        present = read(instead) if instead else absent
    raise NotYetConsistent(f"writing the registry ({absent.connection}): other runs keep changing its item")


def now() -> datetime:
    return datetime.now(UTC)


def written(moment: datetime, *, rounded_up: bool = False) -> str:
    """A moment as items have it: ISO 8601 in seconds, UTC."""
    last_before_the_next = timedelta(microseconds=999_999 if rounded_up else 0)
    return (moment.astimezone(UTC) + last_before_the_next).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_together(connections: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """The items of at most `READ_TOGETHER` connections as they are on the wire, without those that are absent."""
    table, keys = registry_table(), [_key(each) for each in connections]
    for _ in range(ATTEMPTS):
        with doing("reading the registry", f"{len(connections)} connections"):
            answer: Any = clients.dynamodb().batch_get_item(
                RequestItems={table: {"Keys": keys, "ConsistentRead": True}}
            )
        yield from answer["Responses"].get(table, [])
        keys = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys")
        if not keys:
            return
    raise Throttled(f"reading the registry ({len(connections)} connections): DynamoDB keeps leaving some for later")


def _scanned() -> Iterator[Mapping[str, Any]]:
    """The items of connections as they are on the wire."""
    with doing("listing the registry", registry_table()):
        for page in clients.dynamodb().get_paginator("scan").paginate(TableName=registry_table(), ConsistentRead=True):
            yield from (item for item in page["Items"] if item["connection"]["S"] != SWEEP)


def _next(wanted: Of) -> Of:
    moment = written(now())
    following = wanted.model_copy(update={"created_at": wanted.created_at or moment, "changed_at": moment})
    return following.model_copy(update={"version": digest(following.model_dump_json(exclude={"version"}), length=32)})


def _replace(present: Of, wanted: Of | None) -> Wire | None:
    """Puts or deletes the item. Null if that was done, else what is there instead of ``present``, be it nothing."""
    condition: dict[str, Any] = {
        **_condition(present),
        "ExpressionAttributeNames": {"#version": "version"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "TableName": registry_table(),
    }
    with doing("writing the registry", present.connection):
        try:
            if wanted is None:
                clients.dynamodb().delete_item(Key=_key(present.connection), **condition)
            else:
                clients.dynamodb().put_item(Item=on_the_wire(wanted), **condition)
        except ClientError as refusal:
            if code_of(refusal) != "ConditionalCheckFailedException":
                raise
            there: Any = refusal.response.get("Item", {})
            return dict(there)
    return None


def _condition(present: Item) -> dict[str, Any]:
    """That the item is still the one that was read."""
    if present.version is not None:
        values = {":version": {"S": present.version}}
        return {"ConditionExpression": UNCHANGED, "ExpressionAttributeValues": values}
    if isinstance(present, Sweep) and present.unread is not None:
        return {"ConditionExpression": UNVERSIONED, "ExpressionAttributeValues": {":text": {"S": "S"}}}
    return {"ConditionExpression": ABSENT}


def _key(connection: str) -> dict[str, Any]:
    return {"connection": {"S": connection}}
