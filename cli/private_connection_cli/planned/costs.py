"""What a plan's cost says, as lines."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

PARTS: Final = {
    "connection": "the connection, a month",
    "run": "the run, once",
    "deployment": "the deployment, a month, for all",
}
SUM: Final = "of what is known"


def costs(cost: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Each part with its lines; at the end what is not counted."""
    yield Text()
    note = f"  {cost['note']}" if cost["note"] else ""
    yield Text.assemble(("Cost", "bold"), ("  by AWS's price list", "dim"), (note, "bold magenta"))
    yield _sums(cost)
    yield Padding(Text(f"not counted: {'; '.join(cost['notCounted'])}", "dim"), (0, 0, 0, 2), expand=False)


def _sums(cost: Mapping[str, Any]) -> RenderableType:
    """What costs, how much, and a note. Where there is no room the words are folded, and never an amount."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold")
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for what, amount, note, style in _rows(cost):
        grid.add_row(Text(f"  {what:<32}", style), Text(f"{money(amount):>13}", style), Text(note, "dim"))
    return grid


def _rows(cost: Mapping[str, Any]) -> Iterator[tuple[str, float | None, str, str]]:
    for part, title in PARTS.items():
        lines = [each for each in cost["lines"] if each["part"] == part]
        if len(lines) == 1:
            yield title, lines[0]["amount"], lines[0]["note"], "bold"
            continue
        if lines:
            yield title, cost["totals"][part], SUM if any(each["amount"] is None for each in lines) else "", "bold"
        for each in lines:
            yield f"  {each['what']}", each["amount"], each["note"], ""


def money(amount: float | None) -> str:
    """US dollars, with as many places as say something."""
    if amount is None:
        return "not known"
    return f"${amount:,.2f}" if amount >= 0.01 or not amount else f"${amount:.4f}"
