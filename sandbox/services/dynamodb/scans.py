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

    def scan(
        this: Any,
        filters: Mapping[str, Any],
        limit: int | None,
        exclusive_start_key: Mapping[str, Any] | None,
        filter_expression: Any = None,
        index_name: str | None = None,
        consistent_read: bool = False,
        projection_expression: list[list[str]] | None = None,
        segments: tuple[int | None, int | None] = (None, None),
    ) -> Any:
        if filters or index_name:
            first = filters, limit, exclusive_start_key, filter_expression, index_name, consistent_read
            return original(this, *first, projection_expression, segments)
        begin = _place(this, exclusive_start_key) if exclusive_start_key else ("",)
        items = sorted(
            (_place(this, each.attrs), each) for each in this.all_items() if each.is_within_segment(segments)
        )
        page, more = _page([item for place, item in items if place > begin], limit)
        found = [each for each in page if filter_expression is None or filter_expression.expr(each)]
        if projection_expression:
            found = [each.project(projection_expression) for each in found]
        return found, len(page), this._get_last_evaluated_key(page[-1], None) if more else None

    return scan


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
