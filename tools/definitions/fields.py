"""Rules over what a state's fields may hold and read, where Step Functions fails late, or takes a mistake for a text.

Sources: Step Functions Developer Guide, "Accessing execution data from the Context object", "Transforming data with
JSONata", "Handling errors"; what AWS refuses and accepts beyond it: floci-io/floci 1588, 2670, 2968, and histories that
LocalStack recorded (outputdecl/test_output: no RetryCount in a Pass).
"""

import re
from collections.abc import Iterator
from typing import Any

from tools.definitions.reading import (
    EXPRESSION,
    SUBSTITUTION,
    State,
    all_states,
    expressions,
    function_of,
    looks_at_execution,
    scopes,
    starts_execution,
    texts,
)
from tools.definitions.syntax import call_of, path_of, paths, symbols, tree

OF_FUNCTION = frozenset({"FunctionName", "Payload"})
OF_START = frozenset({"StateMachineArn", "Name", "Input"})
OF_LOOK = frozenset({"ExecutionArn"})
CONTEXT = {
    "Execution": frozenset({"Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount"}),
    "State": frozenset({"EnteredTime", "Name", "RetryCount"}),
    "StateMachine": frozenset({"Id", "Name"}),
    "Map": frozenset({"Item"}),
}
OF_STATES = frozenset({"input", "context", "result", "errorOutput"})
WORKING = ("Task", "Parallel", "Map")
SECONDS = 99_999_999
LIMITS = {
    "TimeoutSeconds": (1, SECONDS),
    "Seconds": (0, SECONDS),
    "IntervalSeconds": (1, SECONDS),
    "MaxAttempts": (0, SECONDS),
    "MaxDelaySeconds": (1, 31_622_400),
    "BackoffRate": (1, SECONDS),
}
WILDCARDS = frozenset({"States.ALL", "States.TaskFailed", "States.QueryEvaluationError"})


def arguments_fit_integrations(machine: State) -> Iterator[str]:
    """Arguments hold the integration's fields; an argument of another type ends a run past every Catch."""
    for name, state in all_states(machine):
        known = _known(state)
        if known is not None:
            yield from (f"{name}: {key} is no argument of it" for key in sorted(state["Arguments"].keys() - known))


def _known(state: State) -> frozenset[str] | None:
    if function_of(state):
        return OF_FUNCTION
    return OF_START if starts_execution(state) else OF_LOOK if looks_at_execution(state) else None


def context_is_read_where_it_is(machine: State) -> Iterator[str]:
    """Paths of the context object that AWS has, RetryCount where a state is tried again, Map in ItemSelector alone."""
    for name, state in all_states(machine):
        selecting = {text for text in _texts_of(state, "ItemSelector")}
        for text in expressions(state):
            for _, _, *members in (path for path in paths(text) if path[:2] == ("states", "context")):
                yield from (f"{name}: {problem}" for problem in _context(members, state, text in selecting))


def _context(members: list[str], state: State, selecting: bool) -> Iterator[str]:
    if not members or members[0] not in CONTEXT or (len(members) > 1 and members[1] not in CONTEXT[members[0]]):
        yield f"$states.context.{'.'.join(members)} is not in AWS's context object"
    elif members[:2] == ["State", "RetryCount"] and state["Type"] not in WORKING:
        yield f"a {state['Type']} has no RetryCount"
    elif members[0] == "Map" and not selecting:
        yield "$states.context.Map is sure in ItemSelector only"


def states_are_read_where_they_are(machine: State) -> Iterator[str]:
    """The parts of ``$states`` that AWS has, and its result only in Output and Assign of a state that has one."""
    for name, state in all_states(machine):
        fitting = {text for field in ("Output", "Assign") for text in _texts_of(state, field)}
        for text in expressions(state):
            read = {path[1] for path in paths(text) if path[0] == "states" and len(path) > 1}
            yield from (f"{name}: $states.{each} does not exist" for each in sorted(read - OF_STATES))
            if "result" in read and (state["Type"] not in WORKING or text not in fitting):
                yield f"{name}: $states.result where there is none"
            if any(each.type == "variable" and each.value == "$" for each in symbols(text)):
                yield f"{name}: $$ is not supported"


def expressions_stand_where_they_are_evaluated(machine: State) -> Iterator[str]:
    """An expression in a Comment or in ErrorEquals is a text to AWS, so it is a mistake."""
    for name, state in [("the machine", {"Comment": machine.get("Comment", "")}), *all_states(machine)]:
        named = [error for each in _handlers(state) for error in each["ErrorEquals"]]
        for text in [state.get("Comment", ""), *named]:
            if EXPRESSION.search(text):
                yield f"{name}: {text} is a text there"


def wildcards_are_not_retried(machine: State) -> Iterator[str]:
    """An error of Output or Assign counts as the state's: with a wildcard a function that did its work ran again. A
    look at an execution may run again.
    """
    for name, state in all_states(machine):
        if looks_at_execution(state):
            continue
        retried = {error for each in state.get("Retry", []) for error in each["ErrorEquals"]}
        yield from (
            f"{name}: retries {error}, a name that is met after the work too" for error in sorted(retried & WILDCARDS)
        )


def numbers_are_within_limits(machine: State) -> Iterator[str]:
    for name, state in [("the machine", machine), *all_states(machine)]:
        for each in [state, *state.get("Retry", [])]:
            for field, (least, most) in LIMITS.items():
                value = each.get(field, least)
                if isinstance(value, int | float) and not least <= value <= most:
                    yield f"{name}: {field} {value} is not from {least} to {most}"


def divisors_are_constants(machine: State) -> Iterator[str]:
    """By nothing AWS divides to "Infinity", a text."""
    for name, state in all_states(machine):
        for text in expressions(state):
            for each in symbols(text):
                dividing = each.type == "binary" and each.value in ("/", "%")
                if dividing and not (each.rhs.type == "number" and each.rhs.value):
                    yield f"{name}: divides by what is no constant"


def causes_are_not_parsed(machine: State) -> Iterator[str]:
    """A Cause need not be JSON, and one that is has members that come and go."""
    for name, state in all_states(machine):
        for text in expressions(state):
            called = {call_of(each) for each in symbols(text)}
            if "parse" in called and "exists" not in called:
                yield f"{name}: parses without asking what exists"


def causes_may_be_absent(machine: State) -> Iterator[str]:
    """A caught error may have no Cause (API reference, TaskFailedEventDetails: not required), and a field whose
    expression gives nothing ends its Map or its run. To add it to a text is safe.
    """
    for name, state in all_states(machine):
        for text in expressions(state):
            root = tree(text)
            of = root.arguments[0] if root is not None and call_of(root) == "substring" else root
            if of is not None and path_of(of)[-1:] == ("Cause",):
                yield f"{name}: gives nothing where there is no Cause"


def query_language_stands_at_the_top(machine: State) -> Iterator[str]:
    for scope in list(scopes(machine))[1:]:
        for name, state in scope.states.items():
            if "QueryLanguage" in state:
                yield f"{name}: QueryLanguage stands at the top only"
    for name, state in all_states(machine):
        inner = [*state.get("Branches", []), state.get("ItemProcessor", {})]
        if any("QueryLanguage" in each for each in [state, *inner]):
            yield f"{name}: QueryLanguage stands at the top only"


def _handlers(state: State) -> list[State]:
    return [*state.get("Retry", []), *state.get("Catch", [])]


def _texts_of(state: State, field: str) -> list[str]:
    """The expressions of one of a state's own fields, as `expressions` yields them."""
    found: Any = (EXPRESSION.fullmatch(text) for text in texts(state.get(field, {})))
    return [re.sub(SUBSTITUTION, "1", match[1]) for match in found if match]
