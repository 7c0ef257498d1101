"""Rules over the shape of a definition: each state is explained, reached and ended, each failure and loop bounded."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tools.definitions.reading import Scope, State, all_states, scopes, texts

LIMIT = re.compile(r">=\s*\$\{\w*Limit\w*\}")
"""A comparison with a substitution that is a limit."""
COUNTED = re.compile(r"\$count\(\$([\w.]+)\) < \$count\(\$(\w+)\)")
"""Fewer results than there are items, which is why a loop over batches goes on."""
BATCH = 20
"""Items that a Map may take at once. Its failures then fit into a state; and as no batch follows one that has failures,
a function that always runs out of time is given up after minutes, however many items there are.
"""
_STARTS = r"(0|(?P<start>\$count\([\w.$]+\)))\.\.(?(start)(?P=start) \+ )"
BATCHED = re.compile(
    rf"{{% (\[(?P<items>\$[\w.]+)\[\[{_STARTS}{BATCH - 1}\]\]\]"
    rf"|\(\$next := (?P<chosen>\$\w+)\[\[0\.\.{BATCH - 1}\]\]; \[\$\w+\[\$next\]\]\)) %}}"
)
"""Items that are a part of a list, at most `BATCH` of it: by a range of positions, or by positions that are listed."""
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
    """Each way round a loop passes a Choice that leaves it when a limit, a substitution, is reached, or when a Map has
    no items left.
    """
    for scope in scopes(machine):
        unlimited = set(scope.states)
        while limiting := {name for name in unlimited if _limits(scope, name, unlimited)}:
            unlimited -= limiting
        yield from (
            f"{name}: is in a loop without a limit" for name in sorted(unlimited) if _returns(scope, name, unlimited)
        )


def maps_take_batches(machine: State) -> Iterator[str]:
    for name, state in all_states(machine):
        if state["Type"] == "Map" and not BATCHED.fullmatch(str(state.get("Items"))):
            yield f"{name}: its Items are not at most {BATCH} of a list"


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


def arns_have_the_deployments_partition(machine: State) -> Iterator[str]:
    """Step Functions refuses a definition with an ARN of another partition, such as aws in China."""
    yield from (f"{text} names a partition: take ${{Partition}}" for text in texts(machine) if "arn:aws" in text)


def _reached(scope: Scope, start: str | None = None, among: set[str] | None = None) -> set[str]:
    """The states that a path leads to, from the start or from what follows ``start``, passing only ``among``."""
    edges = [(edge.source, edge.target) for edge in scope.edges if among is None or {edge.source, edge.target} <= among]
    reached = {scope.start} if start is None else {to for source, to in edges if source == start}
    while more := {to for source, to in edges if source in reached} - reached:
        reached |= more
    return reached


def _returns(scope: Scope, name: str, among: set[str]) -> bool:
    return name in _reached(scope, name, among)


def _limits(scope: Scope, name: str, among: set[str]) -> bool:
    """Whether a Choice ends each loop that it is in and that passes only ``among``."""

    def returns(after: str) -> bool:
        return name in {after} | _reached(scope, after, among)

    state = scope.states[name]
    rules = state.get("Choices", [])
    if any(LIMIT.search(rule.get("Condition", "")) and not returns(rule["Next"]) for rule in rules):
        return True
    returning = [rule for rule in rules if returns(rule["Next"])]
    return bool(returning) and not returns(state.get("Default", "")) and all(_counts(scope, each) for each in returning)


def _counts(scope: Scope, rule: State) -> bool:
    """Whether a rule goes on while there are fewer results than items, with a Map that adds to the results."""
    found, following = COUNTED.search(rule.get("Condition", "")), scope.states[rule["Next"]]
    parts = (following.get("Assign"), following.get("Output"))
    written = (value for part in parts if isinstance(part, Mapping) for value in part.values())
    return found is not None and any(str(value).startswith(f"{{% [${found[1]}, ") for value in written)


def _is_number(value: Any, or_expression: bool) -> bool:
    if isinstance(value, str):
        return or_expression and value.startswith("{%") and value.endswith("%}")
    return isinstance(value, int | float) and not isinstance(value, bool)
