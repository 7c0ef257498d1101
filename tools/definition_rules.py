"""The rules that a definition keeps and that neither Step Functions nor a linter checks.

Each rule is a function from a `Subject` to problems, and `RULES` is all of them. They read JSON alone: nothing runs.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from tools import definition_variables as variables
from tools.definition import Scope, State, all_states, function_of, read, scopes, substitutions
from tools.definition_errors import foreign_names, unknown_constants, wrong_retries
from tools.deployment import Deployment, payload_keys
from tools.format_definition import formatted

LONGEST = 490
"""Lines. A definition should fit in the head; 85 of provision's are Retry, which no two states can share."""
LIMIT = re.compile(r">=\s*\$\{\w*Limit\w*\}")
NUMBERS = ("Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency")
RETRY_NUMBERS = ("IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds")
WORKING = ("Task", "Parallel", "Map")
"""States that may fail."""


@dataclass(frozen=True)
class Subject:
    """A definition with its name, its text, and the template that deploys it."""

    name: str
    text: str
    machine: State
    deployment: Deployment
    machines: Mapping[str, State]
    """All definitions of the deployment, by name: a nested execution is compared with its own."""

    @property
    def states(self) -> list[tuple[str, State]]:
        return all_states(self.machine)


Rule = Callable[[Subject], Iterator[str]]


def subjects(paths: list[Path], deployment: Deployment) -> list[Subject]:
    machines = {path.name.removesuffix(".asl.json"): read(path) for path in paths}
    texts = {path.name.removesuffix(".asl.json"): path.read_text() for path in paths}
    return [Subject(name, texts[name], machine, deployment, machines) for name, machine in machines.items()]


def problems(subject: Subject) -> list[str]:
    """What is wrong with a definition, each with its name in front."""
    return [f"{subject.name}: {problem}" for rule in RULES for problem in rule(subject)]


def is_in_form(subject: Subject) -> Iterator[str]:
    if formatted(subject.machine) != subject.text:
        yield "is not in form: make format"


def fits_in_the_head(subject: Subject) -> Iterator[str]:
    length = len(subject.text.splitlines())
    if length > LONGEST:
        yield f"has {length} lines, more than {LONGEST}"


def states_have_comments(subject: Subject) -> Iterator[str]:
    if not subject.machine.get("Comment"):
        yield "has no Comment"
    yield from (f"{name}: has no Comment" for name, state in subject.states if not state.get("Comment"))


def names_are_unique(subject: Subject) -> Iterator[str]:
    counts = Counter(name for name, _ in subject.states)
    yield from (f"{name}: is the name of {count} states" for name, count in counts.items() if count > 1)


def transitions_lead_somewhere(subject: Subject) -> Iterator[str]:
    for scope in scopes(subject.machine):
        targets = {(edge.source, edge.target) for edge in scope.edges} | {("StartAt", scope.start)}
        yield from (
            f"{source}: leads to {to}, which is no state beside it"
            for source, to in sorted(targets)
            if to not in scope.states
        )


def states_can_be_reached(subject: Subject) -> Iterator[str]:
    for scope in scopes(subject.machine):
        yield from (f"{name}: nothing leads to it" for name in scope.states.keys() - _reached(scope))


def states_come_to_an_end(subject: Subject) -> Iterator[str]:
    """Each state can lead to an end of its scope."""
    for scope in scopes(subject.machine):
        ending = {
            name for name, state in scope.states.items() if state.get("End") or state["Type"] in ("Succeed", "Fail")
        }
        while more := {edge.source for edge in scope.edges if edge.target in ending} - ending:
            ending |= more
        yield from (f"{name}: no path from it comes to an end" for name in scope.states.keys() - ending)


def choices_have_defaults(subject: Subject) -> Iterator[str]:
    choices = ((name, state) for name, state in subject.states if state["Type"] == "Choice")
    yield from (f"{name}: has no Default" for name, state in choices if "Default" not in state)


def loops_have_limits(subject: Subject) -> Iterator[str]:
    """Each way round a loop passes a Choice that leaves it when a limit, a substitution, is reached."""
    for scope in scopes(subject.machine):
        unlimited = scope.states.keys() - {name for name, state in scope.states.items() if _limits(scope, name, state)}
        yield from (
            f"{name}: is in a loop without a limit" for name in sorted(unlimited) if _returns(scope, name, unlimited)
        )


def failures_are_caught(subject: Subject) -> Iterator[str]:
    """Every state that works catches everything, as its last catcher."""
    for name, state in subject.states:
        catchers = state.get("Catch", [])
        if state["Type"] in WORKING and (not catchers or catchers[-1]["ErrorEquals"] != ["States.ALL"]):
            yield f"{name}: does not catch States.ALL"


def inner_scopes_end_in_results(subject: Subject) -> Iterator[str]:
    """A failed iteration would cut off siblings that are still creating things."""
    for scope in list(scopes(subject.machine))[1:]:
        failing = (name for name, state in scope.states.items() if state["Type"] == "Fail")
        yield from (f"{name}: a branch or an iteration ends in a result, never in Fail" for name in failing)


def tasks_outlast_what_they_call(subject: Subject) -> Iterator[str]:
    """A Task that gave up before its function does would start it again beside itself."""
    for name, state in subject.states:
        if state["Type"] == "Task":
            least, own = _time_of_called(subject, state), state.get("TimeoutSeconds")
            if not isinstance(own, int):
                yield f"{name}: has no TimeoutSeconds"
            elif least is not None and own <= least:
                yield f"{name}: its TimeoutSeconds {own} is not above the {least} of what it calls"


def machine_outlasts_its_loops(subject: Subject) -> Iterator[str]:
    """The machine's time is more than its loops and its nested executions may take together."""
    parameters = subject.deployment.parameters
    limits = {name for text in _conditions(subject) for name in re.findall(r"\$\{(\w*Limit\w*)\}", text)}
    loops = sum(int(parameters[name]["Default"]) for name in limits & parameters.keys())
    nested = sum(state.get("TimeoutSeconds", 0) for _, state in subject.states if _nested(state))
    least, own = loops + nested, subject.machine.get("TimeoutSeconds")
    if not isinstance(own, int) or own <= least:
        yield f"its TimeoutSeconds {own} is not above the {least} of its loops and nested executions"


def numbers_are_numbers(subject: Subject) -> Iterator[str]:
    """``"${X}"`` would be a string; Retry takes literals only."""
    for name, state in subject.states:
        fields = {field: state[field] for field in NUMBERS if field in state}
        yield from (f"{name}: {field} is {value!r}" for field, value in fields.items() if not _is_number(value, True))
        for retrier in state.get("Retry", []):
            fields = {field: retrier[field] for field in RETRY_NUMBERS if field in retrier}
            yield from (
                f"{name}: {field} is {value!r}" for field, value in fields.items() if not _is_number(value, False)
            )


def substitutions_match(subject: Subject) -> Iterator[str]:
    known, used = set(subject.deployment.substitutions(subject.name)), substitutions(subject.machine)
    yield from (f"${{{name}}} is not in DefinitionSubstitutions" for name in sorted(used - known))
    yield from (f"{name} of DefinitionSubstitutions is not used" for name in sorted(known - used))


def payloads_match_contracts(subject: Subject) -> Iterator[str]:
    for name, state in subject.states:
        function = function_of(state)
        if function in subject.deployment.functions:
            yield from _payload_problems(name, state, payload_keys(subject.deployment.step(function)))


def _payload_problems(name: str, state: State, keys: frozenset[str] | None) -> Iterator[str]:
    payload = state["Arguments"].get("Payload")
    if keys is None or not isinstance(payload, dict):
        if (keys is None) != isinstance(payload, str):
            yield f"{name}: its Payload lists its arguments by name, unless the function takes any JSON"
        return
    yield from (f"{name}: its Payload lacks {key}" for key in sorted(keys - payload.keys()))
    yield from (
        f"{name}: its Payload has {key}, which its function does not take" for key in sorted(payload.keys() - keys)
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


def _conditions(subject: Subject) -> Iterator[str]:
    return (rule.get("Condition", "") for _, state in subject.states for rule in state.get("Choices", []))


def _nested(state: State) -> bool:
    return state["Type"] == "Task" and "states:startExecution" in state["Resource"]


def _time_of_called(subject: Subject, state: State) -> int | None:
    """Seconds that the function or state machine behind a Task may take."""
    function = function_of(state)
    if function is not None:
        known = function in subject.deployment.functions
        return subject.deployment.timeout(function) if known else None
    name = str(state.get("Arguments", {}).get("StateMachineArn", "")).strip("${}").lower()
    timeout = subject.machines.get(name, {}).get("TimeoutSeconds")
    return timeout if isinstance(timeout, int) else None


def _is_number(value: Any, or_expression: bool) -> bool:
    if isinstance(value, str):
        return or_expression and value.startswith("{%") and value.endswith("%}")
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_machine(check: Callable[[State], Iterator[str]]) -> Rule:
    @wraps(check)
    def rule(subject: Subject) -> Iterator[str]:
        return check(subject.machine)

    return rule


RULES: tuple[Rule, ...] = (
    is_in_form,
    fits_in_the_head,
    states_have_comments,
    names_are_unique,
    transitions_lead_somewhere,
    states_can_be_reached,
    states_come_to_an_end,
    choices_have_defaults,
    loops_have_limits,
    failures_are_caught,
    inner_scopes_end_in_results,
    tasks_outlast_what_they_call,
    machine_outlasts_its_loops,
    numbers_are_numbers,
    substitutions_match,
    payloads_match_contracts,
    *(_of_machine(each) for each in (foreign_names, wrong_retries, unknown_constants)),
    *(_of_machine(each) for each in (variables.unparsable_expressions, variables.unassigned_variables)),
    *(_of_machine(each) for each in (variables.hidden_variables, variables.unread_variables)),
)
