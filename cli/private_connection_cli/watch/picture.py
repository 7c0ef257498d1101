"""How the steps of an execution look: a tree on a terminal, a line for each new step elsewhere."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rich.text import Text
from rich.tree import Tree

from private_connection_cli.watch.steps import Entry, Step, Steps

SHOWN: Final = ("Task", "Wait", "Map", "Succeed", "Fail")
"""Kinds of states that do something or take time. The others only decide."""
TOOK: Final = len("10m 00s")
"""Columns of what a step took; one that goes on says more."""
ROWS: Final = 12
"""Iterations of a Map that are shown; more are counted."""


def tree(steps: Steps, title: str, now: datetime, rows: int) -> Tree:
    """The steps that have been entered, the last `rows` of them."""
    picture = Tree(Text(f"{title}  {_seconds(steps, now)}", overflow="ellipsis", no_wrap=True), guide_style="dim")
    top = [each for each in steps.steps.values() if each.map is None and each.kind in SHOWN]
    hidden = max(0, len(top) - rows)
    if hidden:
        picture.add(Text(f"{hidden} steps before", style="dim"))
    width = max((len(_named(each)) for each in top[hidden:]), default=0)
    for step in top[hidden:]:
        branch = picture.add(_line(step, now, width))
        if step.failure and step.running:
            branch.add(Text(step.failure, style="yellow", overflow="ellipsis", no_wrap=True))
        for row in _iterations(steps, step, now):
            branch.add(row)
    return picture


def line(steps: Steps, step: Step) -> str:
    """What is said once when a state is entered, where there is no terminal."""
    entry = step.entries[-1]
    passed = face((entry.entered - steps.began).total_seconds()) if steps.began else ""
    about = f" [{entry.label}]" if entry.label else f" [{entry.iteration[1]}]" if entry.iteration else ""
    return f"{passed:>8}  {step.title}{about}: {step.comment}"


def _line(step: Step, now: datetime, width: int) -> Text:
    running = step.running
    if running:
        mark, style = "…", "cyan" if step.kind != "Wait" else "yellow"
        took = face((now - running[0].entered).total_seconds())
        state = f"{'waiting' if step.kind == 'Wait' else 'running'} {took}"
    else:
        mark, style = ("✗", "red") if step.kind == "Fail" else ("✔", "green")
        state = "" if step.kind in ("Succeed", "Fail") else face(sum(map(_took, step.entries)))
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{mark} ", style)
    text.append(f"{_named(step):<{width}}")
    text.append(f"  {state:<{TOOK}}", style)
    text.append(f"  {step.comment}", "dim")
    return text


def _named(step: Step) -> str:
    return step.title + (f" ×{len(step.entries)}" if len(step.entries) > 1 and step.map is None else "")


def _iterations(steps: Steps, step: Step, now: datetime) -> Iterator[Text]:
    """Of a Map that runs: where each of its iterations is that has not ended."""
    if step.kind != "Map" or not step.running:
        return
    at_work = sorted(_at_work(steps, step.name), key=lambda found: found[1].iteration or ("", 0))
    for inner, entry in at_work[:ROWS]:
        took = face((now - entry.entered).total_seconds())
        about = entry.label or (entry.iteration[1] if entry.iteration else "")
        text = Text(f"{about}: {inner.name}  ", no_wrap=True, overflow="ellipsis")
        text.append(took, "cyan")
        if entry.failure:
            text.append(f"  {entry.failure}", "yellow")
        yield text
    if len(at_work) > ROWS:
        yield Text(f"and {len(at_work) - ROWS} more", style="dim")


def _at_work(steps: Steps, name: str) -> list[tuple[Step, Entry]]:
    """The states that iterations of this Map are in."""
    inside = [each for each in steps.steps.values() if each.map == name]
    return [(each, entry) for each in inside for entry in each.running]


def _took(entry: Entry) -> float:
    return (entry.left - entry.entered).total_seconds() if entry.left else 0.0


def _seconds(steps: Steps, now: datetime) -> str:
    return face(((steps.ended or now) - steps.began).total_seconds()) if steps.began else ""


def face(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}m {rest:02d}s" if minutes else f"{rest}s"
