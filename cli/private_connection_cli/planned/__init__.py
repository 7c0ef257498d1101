"""A plan as text: what a run would create, change and withdraw, node by node, with what it costs and what was found."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from private_connection_cli.layout import one_by_one
from private_connection_cli.planned.costs import costs
from private_connection_cli.planned.found import findings
from private_connection_cli.planned.nodes import DONE, MARKS, blocks

Plan = Mapping[str, Any]
WORDS: Final = {"create": "to create", "change": "to change", "withdraw": "to withdraw", "keep": "kept"}


def told(plan: Plan, details: bool) -> Iterator[RenderableType]:
    """The lines. Nodes that look the same are told together. With `details` each is told, with all attributes."""
    yield Text.assemble((plan["connection"], "bold"), f"  what a run would do, as of {_moment(plan['lookedAt'])}")
    yield Text(f"workspace {plan['workspaceId']}, cluster {plan['clusterId']}, {plan['region']}", "dim")
    for title, lines in blocks(plan["changes"], details):
        yield Text()
        yield Text(title, "bold")
        yield from lines
    yield Text()
    yield from _counted(plan)
    yield from costs(plan["cost"])
    yield from findings(plan["findings"])


def _counted(plan: Plan) -> Iterator[RenderableType]:
    counts = plan["counts"]
    if not any(counts[each] for each in DONE):
        yield Text(f"Nothing to do: {counts['keep']} things are as they are wanted.", "bold")
        return
    yield one_by_one([_count(action, counts[action]) for action in WORDS], "   ")
    if plan["leftOut"]:
        yield Text(f"{plan['leftOut']} of them have no room in a plan, and are counted only", "yellow")


def _count(action: str, count: int) -> Text:
    mark, style = MARKS[action]
    return Text(f"{mark} {count} {WORDS[action]}", style if count else "dim")


def _moment(text: str) -> str:
    """ISO 8601 in UTC, as people write it."""
    return text.replace("T", " ").partition(".")[0].replace("+00:00", "").rstrip("Z") + " UTC"
