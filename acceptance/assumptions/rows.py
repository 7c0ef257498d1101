"""The rows of the decision that lists what is assumed of AWS."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "decisions" / "0008-doubts-about-aws.md"
WRONG: Final = "## Was wrong"
"""The heading of the table whose first column is what is not so, and whose second is what is."""


@dataclass(frozen=True, slots=True)
class Row:
    first: str
    """Its first cell."""
    assumed: str
    """What is taken for true of AWS."""


def rows(page: Path = PAGE) -> list[Row]:
    """Each row of its tables, without the heads."""
    return list(_rows(page.read_text().splitlines()))


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    heading, inside = "", False
    for line in lines:
        if line.startswith("#"):
            heading = line
        if not line.startswith("|"):
            inside = False
        elif line.startswith("|---"):
            inside = True
        elif inside:
            first, second, *_ = (each.strip() for each in line.strip("|").split(" | "))
            yield Row(first, f"not so: {first}; but: {second}" if heading == WRONG else first)


def whole(beginning: str, known: Sequence[Row]) -> Row:
    """The row that begins so. Raises LookupError if there is none, or more than one."""
    found = [each for each in known if each.first.startswith(beginning)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} rows begin with {beginning!r}")
    return found[0]
