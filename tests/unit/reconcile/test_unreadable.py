"""What a sweep tells of items that it cannot read."""

from typing import Final

import pytest

from private_connection.reconcile.unreadable import NAMED_AT_MOST, TOLD_AT_MOST, told_unreadable

RAISED: Final = [("RECORD_UNREADABLE",)]
"""The code that only a sweep finds."""


def test_where_everything_can_be_read_nothing_is_told() -> None:
    assert told_unreadable([]) == {"unreadable": (), "records_unreadable": 0, "findings": ()}


@pytest.mark.parametrize(
    ("number", "named", "text"),
    [
        (1, 1, "found c000, whose items"),
        (TOLD_AT_MOST, TOLD_AT_MOST, "c008, c009, whose items"),
        (TOLD_AT_MOST + 1, TOLD_AT_MOST + 1, "c008, c009 and 1 more, whose items"),
        (1_000, NAMED_AT_MOST, "c008, c009 and 990 more, whose items"),
    ],
)
def test_as_many_as_have_room_are_named_and_all_are_counted(number: int, named: int, text: str) -> None:
    told = told_unreadable([f"c{each:03}" for each in reversed(range(number))])
    assert (len(told["unreadable"]), told["records_unreadable"]) == (named, number)
    (finding,) = told["findings"]
    assert ([(finding.code,)], finding.level, text in finding.message) == (RAISED, "warning", True)


@pytest.mark.parametrize("names", [[], ["orders"]])
def test_the_sweeps_own_item_is_told_beside_and_not_counted(names: list[str]) -> None:
    told = told_unreadable(names, "schema: Input should be 1")
    assert (told["unreadable"], told["records_unreadable"]) == (tuple(names), len(names))
    *others, finding = told["findings"]
    assert ([(finding.code,)], finding.level, len(others)) == (RAISED, "warning", len(names))
    assert "found #sweep, the sweeps' own item" in finding.message
    assert "schema: Input should be 1" in finding.message
