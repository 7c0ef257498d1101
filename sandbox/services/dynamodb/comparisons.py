"""Comparisons in conditions: values of different types never equal each other, and what is not there equals nothing.

Sources: DynamoDB developer guide, "Condition and filter expressions, operators, and functions"; scylladb/scylladb,
test/alternator/test_condition_expression (an attribute that is not there, of another type, or null). Moto compares what
Python makes of the values: so null equals what is not there, and a number with a text is an error.
"""

from collections.abc import Callable
from typing import Any, Final

from moto.dynamodb import comparisons

from sandbox.stepfunctions.patching import Seam

ORDERED: Final = ("S", "N", "B")
"""The types that have an order."""
SIZED: Final = ("S", "SS", "NS", "B", "BS", "L", "M")
ORDERINGS: Final = (
    comparisons.OpLessThan,
    comparisons.OpGreaterThan,
    comparisons.OpLessThanOrEqual,
    comparisons.OpGreaterThanOrEqual,
)


def seams() -> list[Seam]:
    return [
        Seam(comparisons.OpEqual, "expr", lambda this, item: _equal(this.lhs, this.rhs, item)),
        Seam(comparisons.OpNotEqual, "expr", lambda this, item: not _equal(this.lhs, this.rhs, item)),
        Seam(comparisons.FuncIn, "expr", _in),
        Seam(comparisons.FuncBetween, "expr", _between(comparisons.FuncBetween.expr)),
        *(Seam(each, "expr", _ordered(each.expr)) for each in ORDERINGS),
    ]


def _type(operand: Any, item: Any) -> str | None:
    """None for what is not there; size() is a number where it has something to count."""
    if isinstance(operand, comparisons.FuncSize):
        return "N" if operand.attr.get_type(item) in SIZED else None
    found: str | None = operand.get_type(item)
    return found


def _equal(one: Any, other: Any, item: Any) -> bool:
    kind = _type(one, item)
    return kind is not None and kind == _type(other, item) and bool(one.expr(item) == other.expr(item))


def _in(this: Any, item: Any) -> bool:
    return any(_equal(this.attr, each, item) for each in this.possible_values)


def _comparable(item: Any, *operands: Any) -> bool:
    kinds = {_type(each, item) for each in operands}
    return len(kinds) == 1 and kinds <= {*ORDERED}


def _ordered(original: Callable[..., bool]) -> Callable[..., bool]:
    return lambda this, item: _comparable(item, this.lhs, this.rhs) and original(this, item)


def _between(original: Callable[..., bool]) -> Callable[..., bool]:
    return lambda this, item: _comparable(item, this.attr, this.start, this.end) and original(this, item)
