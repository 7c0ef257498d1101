"""The changes of a plan as lines: what belongs to no node, then each node, or all those together that look the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from private_connection_cli.layout import headed

Change = Mapping[str, Any]

MARKS: Final = {
    "create": ("+", "green"),
    "change": ("~", "yellow"),
    "withdraw": ("-", "red"),
    "keep": ("=", "dim"),
}
DONE: Final = ("create", "change", "withdraw")
NAMES_AT_MOST: Final = 4
SHORT: Final = 40
"""Characters of a value in a line with others."""
WIDTH: Final = 26
"""Columns of the longest type in words, with its mark and two more."""


def blocks(changes: Sequence[Change], details: bool) -> Iterator[tuple[str, list[RenderableType]]]:
    """Each block's title and lines. What is surely kept is told with `details` only."""
    shown = [each for each in changes if details or each["action"] in DONE or each["knownAfter"]]
    whole = [each for each in shown if each["node"] is None]
    if whole:
        yield "for the whole connection", list(_lines([whole], details))
    nodes = {node: list(own) for node, own in groupby(shown, key=lambda each: each["node"]) if node is not None}
    for names in _alike(nodes, details):
        yield (
            _titled(names) + (", each" if len(names) > 1 else ""),
            list(_lines([nodes[name] for name in names], details)),
        )
    kept = sorted({each["node"] for each in changes if each["node"]} - nodes.keys())
    if kept:
        yield f"{_titled(kept)}: as wanted", []


def _alike(nodes: Mapping[str, Sequence[Change]], details: bool) -> list[list[str]]:
    """The nodes, those together of which the same is told."""
    groups = dict[object, list[str]]()
    for node, changes in nodes.items():
        groups.setdefault(node if details else tuple(map(_shape, changes)), []).append(node)
    return list(groups.values())


def _shape(change: Change) -> object:
    """What two changes have in common that look the same. What differs of something found is always told."""
    values = [(each["found"], each["wanted"]) for each in change["attributes"] if change["action"] == "change"]
    attributes = tuple((each["name"], each["knownAfter"]) for each in change["attributes"])
    return change["action"], change["type"], change["knownAfter"], attributes, tuple(values)


def _titled(names: Sequence[str]) -> str:
    told = ", ".join(names[:NAMES_AT_MOST])
    more = f" and {len(names) - NAMES_AT_MOST} more" if len(names) > NAMES_AT_MOST else ""
    return told + more


def _lines(nodes: Sequence[Sequence[Change]], details: bool) -> Iterator[RenderableType]:
    """The lines of nodes that look the same: each change with its counterparts."""
    for alike in zip(*nodes, strict=True):
        yield _line(alike, details)
        if details or alike[0]["action"] == "change":
            for each in alike[0]["attributes"]:
                yield from _attribute(each)


def _line(alike: Sequence[Change], details: bool) -> RenderableType:
    """What differs between nodes is told with `details`, where they are told one by one."""
    first = alike[0]
    mark, style = MARKS[first["action"]]
    name = first["name"] if all(each["name"] == first["name"] for each in alike) else ""
    told_below = details or first["action"] == "change"
    awaited = [first["knownAfter"], *(each["knownAfter"] for each in first["attributes"] if not told_below)]
    after = next((f"known after {each}" for each in awaited if each), "")
    made = "" if details or first["action"] != "create" else ", ".join(_made_with(alike))
    rest = Text("  ").join([Text(*each) for each in ((name, ""), (made, "dim"), (after, "cyan")) if each[0]])
    return row(Text(f"  {mark} {words(first['type'])}", style), rest)


def _made_with(alike: Sequence[Change]) -> Iterator[str]:
    """The attributes that all of these are created with, cut short, but for what the name says."""
    for each in zip(*(one["attributes"] for one in alike), strict=True):
        value = each[0]["wanted"]
        if value is not None and value not in alike[0]["name"].split() and all(one["wanted"] == value for one in each):
            yield f"{each[0]['name']} {value if len(value) <= SHORT else value[: SHORT - 1] + '…'}"


def _attribute(told: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A name that is longer than its column, such as a tag's, has a line of its own, for cut short it says nothing."""
    name = Text(f"      {told['name']}", "dim", overflow="fold")
    if len(name) >= WIDTH:
        yield name
        name = Text()
    if told["knownAfter"]:
        yield row(name, Text(f"known after {told['knownAfter']}", "cyan"))
    else:
        has = (told["found"], (" → ", "yellow")) if told["found"] else ()
        yield row(name, Text.assemble(*has, told["wanted"] or "nothing"))


def row(head: Text, rest: Text) -> RenderableType:
    """A line in two columns, which stand under each other where there is no room for them."""
    return headed(head, rest, WIDTH)


def words(kind: str) -> str:
    """``loadBalancer`` as ``load balancer``."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", kind)
