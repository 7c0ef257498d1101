"""Checks of a definition that Step Functions makes when a state machine is created, and moto does not.

Sources: developer guide, "Amazon States Language", "Passing data between states with variables" (scopes), and the API
reference of ValidateStateMachineDefinition. Only JSONata definitions with inline Maps pass: the rest of moto's
interpreter is not corrected, so its results would mislead.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from sandbox.stepfunctions.expressions import ExpressionError, parse, unbound_names

State = dict[str, Any]
LARGEST_DEFINITION: Final = 1_048_576
LONGEST_STATE_NAME: Final = 80
LONGEST_NAME: Final = 80
ILLEGAL_IN_NAME: Final = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
EXPRESSION: Final = re.compile(r"\{%(.*)%\}", re.DOTALL)
VARIABLE_NAME: Final = re.compile(r"[^\W\d]\w*")
COMMON: Final = {"Type", "Comment", "QueryLanguage"}
FLOW: Final = {"Next", "End", "Output", "Assign"}
TRIED: Final = {"Retry", "Catch"}
FIELDS: Final = {
    "Task": FLOW | TRIED | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"},
    "Parallel": FLOW | TRIED | {"Branches", "Arguments"},
    "Map": FLOW | TRIED | {"ItemProcessor", "Items", "ItemSelector", "MaxConcurrency"},
    "Pass": FLOW,
    "Wait": FLOW | {"Seconds", "Timestamp"},
    "Choice": {"Choices", "Default", "Output", "Assign"},
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
}
NUMBERS: Final = ("Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency")


def name_problem(name: object) -> str | None:
    """Why an execution cannot have this name (API reference, StartExecution)."""
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or ILLEGAL_IN_NAME.search(name):
        return f"Invalid Name: {json.dumps(name)}"
    return None


def check(definition: str) -> list[str]:
    """Everything that AWS would refuse, in the order of the text."""
    try:
        machine = json.loads(definition)
    except json.JSONDecodeError as error:
        return [f"INVALID_JSON_DESCRIPTION: {error}"]
    if len(definition.encode()) > LARGEST_DEFINITION:
        return [f"the definition is larger than {LARGEST_DEFINITION} bytes"]
    if machine.get("QueryLanguage") != "JSONata":
        return ["the sandbox runs definitions whose QueryLanguage is JSONata"]
    return [*_duplicates(machine), *_scope(machine, "", frozenset())]


def scopes(machine: State) -> Iterator[State]:
    """The machine itself and every branch and item processor in it."""
    yield machine
    for state in machine.get("States", {}).values():
        for inner in inner_scopes(state):
            yield from scopes(inner)


def inner_scopes(state: State) -> list[State]:
    processor = state.get("ItemProcessor")
    return [*state.get("Branches", []), *([processor] if processor else [])]


def state_names(machine: State) -> list[str]:
    return [name for scope in scopes(machine) for name in scope.get("States", {})]


def _duplicates(machine: State) -> Iterator[str]:
    for name, count in Counter(state_names(machine)).items():
        if count > 1:
            yield f"DUPLICATE_STATE_NAME: '{name}' is the name of {count} states"


def _scope(scope: State, path: str, outer: frozenset[str]) -> Iterator[str]:
    states: dict[str, State] = scope.get("States", {})
    for name, state in states.items():
        yield from _state(name, state, f"{path}/States/{name}")
    yield from _transitions(scope, path)
    own = {variable for state in states.values() for assign in _assigns(state) for variable in assign}
    for variable in sorted(own & outer):
        yield f"the variable '{variable}' at {path} belongs to an outer scope"
    for name, state in states.items():
        for number, inner in enumerate(inner_scopes(state)):
            yield from _scope(inner, f"{path}/States/{name}[{number}]", outer | own)


def _state(name: str, state: State, path: str) -> Iterator[str]:
    kind = state.get("Type")
    if kind not in FIELDS:
        yield f"INVALID_TYPE: {kind!r} at {path}"
        return
    if len(name) > LONGEST_STATE_NAME:
        yield f"the name at {path} is over {LONGEST_STATE_NAME} characters"
    for field in sorted(set(state) - FIELDS[kind] - COMMON):
        yield f"Field '{field}' is not supported at {path}"
    if kind in ("Task", "Parallel", "Map", "Pass", "Wait") and ("Next" in state) == bool(state.get("End")):
        yield f"either Next or End at {path}"
    yield from _numbers(state, path)
    yield from _processor(state, path)
    yield from _wildcards(state, path)
    yield from _expressions({key: state[key] for key in state if key not in ("Branches", "ItemProcessor")}, path, False)
    for variable in (v for assign in _assigns(state) for v in assign):
        if variable == "states" or not VARIABLE_NAME.fullmatch(variable) or len(variable) > LONGEST_NAME:
            yield f"'{variable}' cannot name a variable at {path}"


def _numbers(state: State, path: str) -> Iterator[str]:
    for field in NUMBERS:
        value = state.get(field)
        if isinstance(value, str) and not EXPRESSION.fullmatch(value):
            yield f"Expected value of type [INTEGER, JSONATA] at {path}/{field}"


def _processor(state: State, path: str) -> Iterator[str]:
    config = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    if config.get("Mode", "INLINE") != "INLINE":
        yield f"the sandbox runs inline Maps only, at {path}"


def _wildcards(state: State, path: str) -> Iterator[str]:
    for field in ("Retry", "Catch"):
        for number, each in enumerate(state.get(field, [])):
            names = each.get("ErrorEquals", [])
            last = number == len(state[field]) - 1
            if not names or ("States.ALL" in names and (len(names) > 1 or not last)):
                yield f"States.ALL stands alone and last, and ErrorEquals is never empty, at {path}/{field}[{number}]"


def _expressions(value: object, path: str, caught: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _expressions(item, f"{path}/{key}", caught or key == "Catch")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _expressions(item, f"{path}[{number}]", caught)
    elif isinstance(value, str) and (found := EXPRESSION.fullmatch(value)):
        yield from _expression(found[1], path, caught)


def _expression(text: str, path: str, caught: bool) -> Iterator[str]:
    try:
        names, reads = unbound_names(text), parse(text).reads
    except ExpressionError as error:
        yield f"INVALID_JSONATA_EXPRESSION: {error} at {path}"
        return
    for name in names:
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '{name}' at the top level is not supported. at {path}"
    if "eval" in reads:
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: $eval is not supported. at {path}"
    if "$states.errorOutput" in text and not caught:
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: $states.errorOutput outside a Catch at {path}"
    if "$states.result" in text and (caught or not re.search(r"/(Output|Assign)(/|\[|$)", path)):
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: $states.result where there is no result at {path}"


def _assigns(state: State) -> Iterator[State]:
    for each in [state, *state.get("Catch", []), *state.get("Choices", [])]:
        yield each.get("Assign", {})


def _targets(state: State) -> Iterator[str]:
    for each in [state, *state.get("Catch", []), *state.get("Choices", [])]:
        yield from (each[field] for field in ("Next", "Default") if field in each)


def _transitions(scope: State, path: str) -> Iterator[str]:
    states: dict[str, State] = scope.get("States", {})
    start = str(scope.get("StartAt"))
    targets: dict[str, set[str]] = {"StartAt": {start}}
    targets |= {name: set(_targets(state)) for name, state in states.items()}
    for source, names in targets.items():
        for target in sorted(names - states.keys()):
            yield f"MISSING_TRANSITION_TARGET: '{target}' of '{source}' at {path or '/'}"
    for name in sorted(states.keys() - _reached(start, targets)):
        yield f"MISSING_TRANSITION_TARGET: nothing leads to '{name}' at {path or '/'}"
    if not any(state.get("End") or state.get("Type") in ("Succeed", "Fail") for state in states.values()):
        yield f"MISSING_END_STATE: no state ends {path or 'the machine'}"


def _reached(start: str, targets: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = {start}
    while ahead:
        reached |= ahead
        ahead = {name for source in ahead for name in targets.get(source, ())} - reached
    return reached
