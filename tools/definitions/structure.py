"""Rules over the shape of a definition: each state is explained, reached and ended, each failure and loop bounded."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tools.definitions.reading import Scope, State, all_states, scopes

LIMIT = re.compile(r">=\s*\$\{\w*Limit\w*\}")
"""A comparison with a substitution that is a limit."""
NUMBERS = ("Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency")
RETRY_NUMBERS = ("IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds")
WORKING = ("Task", "Parallel", "Map")
"""States that may fail."""


def states_have_comments(machine: State) -> Iterator[str]:
    if not machine.get("Comment"):
        yield "has no Comment"
    yield from (f"{name}: has no Comment" for name, state in all_states(machine) if not state.get("Comment"))


def names_are_unique(machine: State) -> Iterator[str]:
    counts = Counter(name for name, _ in all_states(machine))
    yield from (f"{name}: is the name of {count} states" for name, count in counts.items() if count > 1)


def transitions_lead_somewhere(machine: State) -> Iterator[str]:
    for scope in scopes(machine):
        targets = {(edge.source, edge.target) for edge in scope.edges} | {("StartAt", scope.start)}
        yield from (
            f"{source}: leads to {to}, which is no state beside it"
            for source, to in sorted(targets)
            if to not in scope.states
        )


def states_can_be_reached(machine: State) -> Iterator[str]:
    for scope in scopes(machine):
        yield from (f"{name}: nothing leads to it" for name in scope.states.keys() - _reached(scope))


def states_come_to_an_end(machine: State) -> Iterator[str]:
    """Each state can lead to an end of its scope."""
    for scope in scopes(machine):
        ending = {
            name for name, state in scope.states.items() if state.get("End") or state["Type"] in ("Succeed", "Fail")
        }
        while more := {edge.source for edge in scope.edges if edge.target in ending} - ending:
            ending |= more
        yield from (f"{name}: no path from it comes to an end" for name in scope.states.keys() - ending)


def choices_have_defaults(machine: State) -> Iterator[str]:
    choices = ((name, state) for name, state in all_states(machine) if state["Type"] == "Choice")
    yield from (f"{name}: has no Default" for name, state in choices if "Default" not in state)


def loops_have_limits(machine: State) -> Iterator[str]:
    """Each way round a loop passes a Choice that leaves it when a limit, a substitution, is reached."""
    for scope in scopes(machine):
        unlimited = scope.states.keys() - {name for name, state in scope.states.items() if _limits(scope, name, state)}
        yield from (
            f"{name}: is in a loop without a limit" for name in sorted(unlimited) if _returns(scope, name, unlimited)
        )


def failures_are_caught(machine: State) -> Iterator[str]:
    """Every state that may fail catches ``States.ALL``, in its last catcher."""
    for name, state in all_states(machine):
        catchers = state.get("Catch", [])
        if state["Type"] in WORKING and (not catchers or catchers[-1]["ErrorEquals"] != ["States.ALL"]):
            yield f"{name}: does not catch States.ALL"


def inner_scopes_end_in_results(machine: State) -> Iterator[str]:
    """A failed iteration would cancel the others while their functions are creating something."""
    for scope in list(scopes(machine))[1:]:
        failing = (name for name, state in scope.states.items() if state["Type"] == "Fail")
        yield from (f"{name}: a branch or an iteration ends in a result, never in Fail" for name in failing)


def numbers_are_numbers(machine: State) -> Iterator[str]:
    """``"${X}"`` would be a string; Retry takes literals only."""
    for name, state in all_states(machine):
        fields = {field: state[field] for field in NUMBERS if field in state}
        yield from (f"{name}: {field} is {value!r}" for field, value in fields.items() if not _is_number(value, True))
        for retrier in state.get("Retry", []):
            fields = {field: retrier[field] for field in RETRY_NUMBERS if field in retrier}
            yield from (
                f"{name}: {field} is {value!r}" for field, value in fields.items() if not _is_number(value, False)
            )


def _reached(scope: Scope, start: str | None = None, among: set[str] | None = None) -> set[str]:
    """The states that a path leads to, from the start or from what follows ``start``, passing only ``among``."""
    edges = [(edge.source, edge.target) for edge in scope.edges if among is None or {edge.source, edge.target} <= among]
    reached = {scope.start} if start is None else {to for source, to in edges if source == start}
    while more := {to for source, to in edges if source in reached} - reached:
        reached |= more
    return reached


def _returns(scope: Scope, name: str, among: set[str]) -> bool:
    return name in _reached(scope, name, among)


def _limits(scope: Scope, name: str, state: State) -> bool:
    """Whether a Choice has a rule that compares with a limit and leads to where the Choice is not come back to."""
    rules = (rule for rule in state.get("Choices", []) if LIMIT.search(rule.get("Condition", "")))
    everything = set(scope.states)
    return any(rule["Next"] in everything and name not in _reached(scope, rule["Next"], everything) for rule in rules)


def _is_number(value: Any, or_expression: bool) -> bool:
    if isinstance(value, str):
        return or_expression and value.startswith("{%") and value.endswith("%}")
    return isinstance(value, int | float) and not isinstance(value, bool)
