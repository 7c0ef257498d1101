"""How long AWS took, by the histories of the runs and by what checks measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from acceptance.trial import Story
from acceptance.verdicts import NotTried

SHORTEST: Final = 1.0
"""Seconds: a step that took less says nothing of AWS."""


@dataclass(frozen=True, slots=True)
class Latency:
    what: str
    seconds: float


def of_runs(stories: Mapping[str, Story]) -> list[Latency]:
    """The steps of each run that took long, and the whole of it."""
    return [each for name, story in stories.items() for each in _of(name, story)]


def _of(name: str, story: Story) -> Iterator[Latency]:
    began, ended = story.steps.began, story.steps.ended
    if began and ended:
        yield Latency(f"{name}: the whole run", (ended - began).total_seconds())
    for state, step in story.steps.steps.items():
        if step.kind in ("Choice", "Succeed", "Fail", "Pass"):
            continue
        try:
            seconds = story.seconds(state)
        except NotTried:
            continue
        if seconds >= SHORTEST:
            yield Latency(f"{name}: {state}", seconds)
