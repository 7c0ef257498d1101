"""How often each state was entered, so that two interpreters on two clocks can be compared.

How often a loop turns depends on the clock: a state in a loop counts once, and so does all that lies within it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tools.definitions.reading import FOLDER, Scope, inner_scopes, read, scopes

Entry = tuple[str, str]
"""A machine, by the name of its definition, and a state."""


def counted(entries: Iterable[Entry]) -> Counter[Entry]:
    every = Counter(entries)
    return Counter({entry: 1 if entry[1] in looping(entry[0]) else number for entry, number in every.items()})


@cache
def looping(machine: str) -> frozenset[str]:
    """The states of a machine that are in a loop or within a state that is."""
    definition = read(Path(FOLDER) / f"{machine}.asl.json")
    return frozenset(name for scope in scopes(definition) for name in _in_loops(scope))


def _in_loops(scope: Scope) -> Iterator[str]:
    for name, state in scope.states.items():
        if name in _after(scope, name):
            yield name
            for inner in inner_scopes(name, state):
                yield from _within(inner)


def _within(scope: Scope) -> Iterator[str]:
    yield from scope.states
    for name, state in scope.states.items():
        for inner in inner_scopes(name, state):
            yield from _within(inner)


def _after(scope: Scope, start: str) -> set[str]:
    """The states that can follow one, itself among them if there is a way back."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        source = waiting.pop()
        following = {edge.target for edge in scope.edges if edge.source == source} - found
        found |= following
        waiting += following
    return found
