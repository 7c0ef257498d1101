"""Lines and tables that fit a terminal of any width: no word is broken where another shape has room for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

BETWEEN: Final = 2
"""Columns between two of a table."""
UNDER: Final = 6
"""Columns by which something is indented that stands under what it belongs to."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """A shape where there are so many columns, and another one elsewhere."""

    needed: int
    wide: RenderableType
    narrow: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.wide if options.max_width >= self.needed else self.narrow


def longest_word(texts: Iterable[str]) -> int:
    """Columns that the longest word of these texts takes."""
    return max((cell_len(word) for text in texts for word in text.split()), default=0)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    """A table; where it has no room without breaking words, each row with a line for each of its values."""
    wide = Table(box=None, pad_edge=False)
    for column in columns:
        wide.add_column(column, overflow="fold")
    for row in rows:
        wide.add_row(*map(Text, row))
    needed = sum(map(longest_word, zip(columns, *rows, strict=True))) + BETWEEN * (len(columns) - 1)
    return Fitting(needed, wide, Group(*(_record(columns, row) for row in rows)))


def _record(columns: Sequence[str], row: Sequence[str]) -> RenderableType:
    width = max(map(len, columns)) + 2
    rest = zip(columns[1:], row[1:], strict=True)
    lines = [headed(Text(f"  {column}"), Text(value), width + 2) for column, value in rest if value]
    return Group(Text(row[0], "bold", overflow="fold"), *lines)


def headed(head: Text, rest: Text, width: int) -> RenderableType:
    """A line in two columns, of which the first one has this width. Where the words of the last one have no room, it
    stands under the first.
    """
    grid = Table.grid()
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, rest)
    under = rest.copy()
    under.overflow = "fold"
    lines: list[RenderableType] = [*([head] if head else []), Padding(under, (0, 0, 0, UNDER), expand=False)]
    return Fitting(width + longest_word([rest.plain]), grid, Group(*lines))


def one_by_one(texts: Sequence[Text], between: str) -> RenderableType:
    """In a line, or where that has no room, each in one of its own."""
    line = Text(between).join(texts)
    return Fitting(line.cell_len, line, Group(*texts))
