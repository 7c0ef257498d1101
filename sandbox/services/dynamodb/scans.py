"""Scans: the items have no order that can be foretold, and a page ends at its limit or before it has read 1 MB.

Then there is a LastEvaluatedKey, whether or not more follows. Source: DynamoDB developer guide, "Scanning tables in
DynamoDB".
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from sandbox.services.dynamodb import sizes
from sandbox.stepfunctions.patching import Seam


def seams() -> list[Seam]:
    return [Seam(Table, "scan", _scan(Table.scan))]


def _scan(original: Callable[..., Any]) -> Callable[..., Any]:
    """A table's items, unordered; those of an index, and what the old ScanFilter finds, are moto's."""

    def scan(this: Any, *given: Any, segments: tuple[int | None, int | None]) -> Any:
        filters, limit, start, condition, index, _, projection = given
        if filters or index:
            return original(this, *given, segments=segments)
        page, more = _page(_following(this, start, segments), limit)
        found = [each for each in page if condition is None or condition.expr(each)]
        if projection:
            found = [each.project(projection) for each in found]
        return found, len(page), this._get_last_evaluated_key(page[-1], None) if more else None

    return scan


def _following(table: Any, start: Mapping[str, Any] | None, segments: tuple[int | None, int | None]) -> list[Any]:
    """The items after the key at which the page before ended."""
    begin = _place(table, start) if start else ("",)
    found = ((_place(table, each.attrs), each) for each in table.all_items() if each.is_within_segment(segments))
    later = (each for each in found if each[0] > begin)
    return [item for _, item in sorted(later, key=lambda each: each[0])]


def _place(table: Any, key: Mapping[str, Any]) -> tuple[Any, ...]:
    hashed, ranged = (DynamoType(key[name]) if name else None for name in (table.hash_key_attr, table.range_key_attr))
    partition = hashlib.sha256(f"{hashed}".encode()).hexdigest()
    return (partition, ranged.cast_value) if ranged else (partition,)


def _page(items: list[Any], limit: int | None) -> tuple[list[Any], bool]:
    """The items of one page, and whether it ended before the table's end could be seen."""
    page: list[Any] = []
    read = 0
    for each in items:
        read += sizes.of_item(each.attrs)
        if page and read > sizes.LARGEST_PAGE:
            return page, True
        page.append(each)
        if len(page) == limit:
            return page, True
    return page, False
