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


@dataclass(frozen=True, slots=True)
class Columns:
    """A table; where it has no room without breaking words, each row with a line for each of its values."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = self._widths(options.max_width - BETWEEN * (len(self.columns) - 1))
        if widths is None:
            yield from (_record(self.columns, row) for row in self.rows)
            return
        table = Table(box=None, pad_edge=False)
        for column, width in zip(self.columns, widths, strict=True):
            table.add_column(column, width=width)
        for row in self.rows:
            table.add_row(*map(Text, row))
        yield table

    def _widths(self, room: int) -> list[int] | None:
        """As wide as what is in them, the last ones narrower if need be, but none than its longest word."""
        values = [*zip(self.columns, *self.rows, strict=True)]
        widths, least = [max(map(cell_len, each)) for each in values], [*map(longest_word, values)]
        for number in reversed(range(len(widths))):
            widths[number] = max(least[number], widths[number] - max(0, sum(widths) - room))
        return widths if sum(widths) <= room else None


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
