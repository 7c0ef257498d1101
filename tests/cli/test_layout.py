"""What a terminal of any width shows: no word is broken, and nothing is cut, where another shape has room for it."""

from typing import Final

import pytest
from rich.text import Text

from private_connection_cli.layout import Columns, headed, one_by_one
from tests.cli.test_planned import drawn

COLUMNS: Final = ("connection", "status", "last run")
ROWS: Final = [("orders", "TEARING_DOWN", "teardown FAILED RollbackIncomplete"), ("a-new-connection", "READY", "")]
WIDE: Final = """\
connection        status        last run
orders            TEARING_DOWN  teardown FAILED RollbackIncomplete
a-new-connection  READY
"""
FOLDED: Final = """\
connection        status        last run
orders            TEARING_DOWN  teardown FAILED
                                RollbackIncomplete
a-new-connection  READY
"""
NARROW: Final = """\
orders
  status      TEARING_DOWN
  last run    teardown FAILED
              RollbackIncomplete
a-new-connection
  status      READY
"""


@pytest.mark.parametrize(("width", "text"), [(200, WIDE), (80, WIDE), (50, FOLDED), (40, NARROW)])
def test_a_table_has_the_shape_that_breaks_no_word(width: int, text: str) -> None:
    assert drawn([Columns(COLUMNS, ROWS)], width) == text


@pytest.mark.parametrize(
    ("width", "text"), [(14, "head  two\n      sentence\n"), (13, "head\n      two\n      sentenc\n      e\n")]
)
def test_a_line_in_two_columns_is_two_lines_where_a_word_has_no_room(width: int, text: str) -> None:
    assert drawn([headed(Text("head"), Text("two sentence"), 6)], width) == text


@pytest.mark.parametrize(("width", "text"), [(7, "a b   c\n"), (6, "a b\nc\n")])
def test_what_has_no_room_in_a_line_stands_one_by_one(width: int, text: str) -> None:
    assert drawn([one_by_one([Text("a b"), Text("c")], "   ")], width) == text
