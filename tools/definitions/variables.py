"""Rules over a definition's JSONata: it parses, and each variable that it reads was assigned on every path before.

Assigned values are visible from the next state on, inside Maps and Parallels below it, never outside the scope that
assigned them (Step Functions Developer Guide, "Passing data between states with variables").
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException

from tools.definitions.reading import Scope, State, expressions, inner_scopes, scopes
from tools.definitions.syntax import symbols

BUILT_IN = frozenset(
    re.findall(
        r"\w+",
        """
    sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad match
    contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt
    power random boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each error
    assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent
    decodeUrl toMillis fromMillis clone now millis
    parse partition range hash uuid
    """,
    )
)
"""Functions of JSONata 2.0.6 and, in the last line, those that Step Functions adds. It refuses ``$eval``."""
GIVEN = BUILT_IN | {"states", ""}
"""``$states``, and ``$``, the context of a predicate or a step."""


def unparsable_expressions(machine: State) -> Iterator[str]:
    for scope in scopes(machine):
        for name, state in scope.states.items():
            for text in expressions(state):
                try:
                    Jsonata(text)
                except JException as error:
                    yield f"{name}: {text.strip()} is not JSONata: {error}"


def unassigned_variables(machine: State) -> Iterator[str]:
    """Variables that are read where some path leads without assigning them."""
    yield from _unassigned(next(scopes(machine)), frozenset())


def hidden_variables(machine: State) -> Iterator[str]:
    """Variables that an inner scope assigns though an outer one has them, which Step Functions refuses."""
    yield from _hidden(next(scopes(machine)), frozenset())


def unread_variables(machine: State) -> Iterator[str]:
    """Variables that nothing reads."""
    read = {name for scope in scopes(machine) for state in scope.states.values() for name in _reads(state)}
    for scope in scopes(machine):
        for name in sorted(_assigned(scope) - read):
            yield f"${name} is assigned and never read"


def _unassigned(scope: Scope, entering: frozenset[str]) -> Iterator[str]:
    available = _available(scope, entering)
    for name in scope.states.keys() & available.keys():
        state = scope.states[name]
        for variable in sorted(_reads(state) - available[name] - GIVEN):
            yield f"{name}: ${variable} is not assigned on every path that leads here"
        for inner in inner_scopes(name, state):
            yield from _unassigned(inner, available[name])


def _available(scope: Scope, entering: frozenset[str]) -> dict[str, frozenset[str]]:
    """The variables that are assigned on every path to each state that a path leads to."""
    available = {scope.start: entering}
    changed = True
    while changed:
        changed = False
        for edge in scope.edges:
            if edge.source not in available:
                continue
            arriving = available[edge.source] | edge.assigns
            known = available.get(edge.target, arriving) & arriving
            changed = changed or available.get(edge.target) != known
            available[edge.target] = known
    return available


def _hidden(scope: Scope, outer: frozenset[str]) -> Iterator[str]:
    own = _assigned(scope)
    for variable in sorted(own & outer):
        yield f"{scope.owner}: ${variable} is assigned inside it and belongs to an outer scope"
    for name, state in scope.states.items():
        for inner in inner_scopes(name, state):
            yield from _hidden(inner, outer | own)


def _assigned(scope: Scope) -> frozenset[str]:
    in_states = {name for state in scope.states.values() for name in state.get("Assign", {})}
    return frozenset(in_states.union(*(edge.assigns for edge in scope.edges)))


def _reads(state: State) -> frozenset[str]:
    """The variables that a state's expressions read, without those that they bind themselves."""
    return frozenset().union(*(_read_by(text) for text in expressions(state)))


@cache
def _read_by(expression: str) -> frozenset[str]:
    found = list(symbols(expression))  # none of what does not parse, which unparsable_expressions tells
    return frozenset(_variables(found) - _bound(found))


def _variables(found: list[Any]) -> set[str]:
    return {str(each.value) for each in found if each.type == "variable"}


def _bound(found: list[Any]) -> set[str]:
    """Names on the left of ``:=`` and parameters of functions."""
    left = {str(each.lhs.value) for each in found if each.type == "bind"}
    return left.union(*(_variables(each.arguments) for each in found if each.type == "lambda"))
