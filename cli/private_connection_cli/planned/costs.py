"""What a plan's cost says, as lines."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from private_connection_cli.layout import UNDER, Fitting, longest_word

PARTS: Final = {
    "connection": "the connection, a month",
    "run": "the run, once",
    "deployment": "the deployment, a month, for all",
}
SUM: Final = "of what is known"
BEFORE: Final = 34 + 2 + 13 + 2
"""Columns of what costs and how much."""
LEAST: Final = 24
"""Columns in which words can be read."""


def costs(cost: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Each part with its lines; at the end what is not counted."""
    yield Text()
    note = f"  {cost['note']}" if cost["note"] else ""
    yield Text.assemble(("Cost", "bold"), ("  by AWS's price list", "dim"), (note, "bold magenta"))
    yield _sums(cost)
    yield Padding(Text(f"not counted: {'; '.join(cost['notCounted'])}", "dim"), (0, 0, 0, 2), expand=False)


def _sums(cost: Mapping[str, Any]) -> RenderableType:
    """What costs, how much, and why so much; where there is no room, that stands under it. No amount is cut."""
    wide = Table.grid(padding=(0, 2, 0, 0))
    wide.add_column(no_wrap=True)
    wide.add_column(no_wrap=True)
    wide.add_column(overflow="fold")
    narrow = list[RenderableType]()
    for what, amount, why, style, indent in _rows(cost):
        wide.add_row(Text(f"{' ' * indent + what:<34}", style), Text(f"{money(amount):>13}", style), Text(why, "dim"))
        narrow.append(Padding(Text(f"{what}: {money(amount)}", style), (0, 0, 0, indent), expand=False))
        if why:
            narrow.append(Padding(Text(why, "dim", overflow="fold"), (0, 0, 0, UNDER), expand=False))
    reasons = [why for _, _, why, *_ in _rows(cost)]
    return Fitting(BEFORE + max(LEAST, longest_word(reasons)), wide, Group(*narrow))


def _rows(cost: Mapping[str, Any]) -> Iterator[tuple[str, float | None, str, str, int]]:
    """What costs, how much, why, the style, and the indentation in columns."""
    for part, title in PARTS.items():
        lines = [each for each in cost["lines"] if each["part"] == part]
        if len(lines) == 1:
            yield title, lines[0]["amount"], _why(lines[0]), "bold", 2
            continue
        if lines:
            known = SUM if any(each["amount"] is None for each in lines) else ""
            yield title, cost["totals"][part], known, "bold", 2
        for each in lines:
            yield each["what"], each["amount"], _why(each), "", 4


def _why(line: Mapping[str, Any]) -> str:
    """So many units, the price of one, and the price list's own words for it, or why it has none."""
    price = line["unitPrice"]
    each = "" if price is None else f" at ${_digits(price, 2)}"
    return f"{_digits(line['quantity'])} {line['unit']}{each}: {line['note']}"


def _digits(number: float, places: int = 0) -> str:
    """All digits that say something, and at least so many places."""
    whole, _, rest = f"{number:,.10f}".partition(".")
    rest = rest.rstrip("0").ljust(places, "0")
    return f"{whole}.{rest}" if rest else whole


def money(amount: float | None) -> str:
    """US dollars, with as many places as say something."""
    if amount is None:
        return "not known"
    return f"${amount:,.2f}" if amount >= 0.01 or not amount else f"${amount:.4f}"
