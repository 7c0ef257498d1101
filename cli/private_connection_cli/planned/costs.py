"""What a plan's cost says, as lines."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from private_connection_cli.planned.nodes import row

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
    for part, title in PARTS.items():
        lines = [each for each in cost["lines"] if each["part"] == part]
        if len(lines) == 1:
            yield _line(title, lines[0]["amount"], lines[0]["note"], "bold")
            continue
        if lines:
            yield _line(
                title, cost["totals"][part], SUM if any(each["amount"] is None for each in lines) else "", "bold"
            )
        for each in lines:
            yield _line(f"  {each['what']}", each["amount"], each["note"], "")
    yield Padding(Text(f"not counted: {'; '.join(cost['notCounted'])}", "dim"), (0, 0, 0, 2), expand=False)


def _line(what: str, amount: float | None, note: str, style: str) -> RenderableType:
    told = f"{money(amount):>13}  "
    return row(Text(f"  {what}", style), Text(told, style), Text(note, "dim"), widths=(36, len(told)))


def money(amount: float | None) -> str:
    """US dollars, with as many places as say something."""
    if amount is None:
        return "not known"
    return f"${amount:,.2f}" if amount >= 0.01 or not amount else f"${amount:.4f}"
