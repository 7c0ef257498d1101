"""The size of an item in bytes, names of attributes included, and how large one may be.

Source: DynamoDB developer guide, "DynamoDB item sizes and formats"; "Constraints in Amazon DynamoDB" (400 KB).
"""

import math
from collections.abc import Mapping
from typing import Any, Final

LARGEST_ITEM: Final = 400 * 1024
LARGEST_PAGE: Final = 1024 * 1024
"""What a Scan or a Query reads for one page (developer guide, "Scanning tables", "Paginating the results")."""
CONTAINER: Final = 3
"""A list or a map takes 3 bytes, and each of its elements 1, beside what is in it."""


def of_item(attributes: Mapping[str, Any]) -> int:
    """Of moto's attributes: each has a type and a value, in which others may be."""
    return sum(len(name.encode()) + _of(each) for name, each in attributes.items())


def _of(attribute: Any) -> int:
    kind, value = attribute.type, attribute.value
    if kind == "M":
        return CONTAINER + len(value) + of_item(value)
    if kind == "L":
        return CONTAINER + len(value) + sum(map(_of, value))
    if kind.endswith("S") and len(kind) == 2:  # a set
        return sum(_of_scalar(kind[0], each) for each in value)
    return _of_scalar(kind, value)


def _of_scalar(kind: str, value: Any) -> int:
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "N":
        return math.ceil(len(str(value).strip("-").replace(".", "")) / 2) + 1
    return len(value if isinstance(value, bytes) else value.encode())
