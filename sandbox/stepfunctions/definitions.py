"""Checks of a definition that Step Functions makes when a state machine is created, and moto does not.

Sources: developer guide, "Amazon States Language", "Passing data between states with variables" (scopes), and the API
reference of ValidateStateMachineDefinition; what AWS accepts and refuses beyond them was measured by floci's
contributors (floci-io/floci 2670, 2735, 2737, 2745, 2786, 2968). Only JSONata definitions with inline Maps pass: the
rest of moto's interpreter is not corrected, so its results would mislead.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from sandbox.stepfunctions.expressions import ExpressionError, members, unbound_names

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
LARGEST: Final = 99_999_999
NUMBERS: Final = {
    "Seconds": (0, LARGEST),
    "TimeoutSeconds": (1, LARGEST),
    "HeartbeatSeconds": (1, LARGEST),
    "MaxConcurrency": (0, LARGEST),
}
"""The least and the largest value of each number of a state; an expression may stand for one."""
RETRY_NUMBERS: Final = {
    "IntervalSeconds": (1, LARGEST),
    "MaxAttempts": (0, LARGEST),
    "MaxDelaySeconds": (1, 31_622_400),
}
LOOK: Final = ":aws-sdk:sfn:describeExecution"
INTEGRATIONS: Final = {
    ":events:putEvents": {"Entries"},
    ":lambda:invoke": {"FunctionName", "Payload", "ClientContext", "InvocationType", "Qualifier"},
    ":states:startExecution": {"StateMachineArn", "Name", "Input", "TraceHeader"},
    LOOK: {"ExecutionArn", "IncludedData"},
}
"""The arguments of each integration, by the end of its resource without `.sync` and the like."""
OF_STATES: Final = {"input", "context", "result", "errorOutput"}
WITH_RESULT: Final = re.compile(r"/(Output|Assign)(/|\[|$)")


def name_problem(name: object) -> str | None:
    """Why an execution cannot have this name (API reference, StartExecution)."""
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or ILLEGAL_IN_NAME.search(name):
        return f"Invalid Name: '{name}'"
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
    if not any(_ends(state) for state in machine.get("States", {}).values()):
        return ["MISSING_END_STATE: no state ends the machine"]
    return [*_duplicates(machine), *_numbers(machine, ""), *_scope(machine, "", frozenset())]


def scopes(machine: State) -> Iterator[State]:
    """The machine itself and every branch and item processor in it."""
    yield machine
    for state in machine.get("States", {}).values():
        for inner in inner_scopes(state):
            yield from scopes(inner)


def inner_scopes(state: State) -> list[State]:
    processor = state.get("ItemProcessor")
    return [*state.get("Branches", []), *([processor] if processor else [])]


def states(machine: State) -> dict[str, State]:
    """The states of a machine, those inside others too, by name."""
    return {name: state for scope in scopes(machine) for name, state in scope.get("States", {}).items()}


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
            if "QueryLanguage" in inner:
                yield f"Field 'QueryLanguage' is not supported at {path}/States/{name}[{number}]"
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
    yield from (problem for rule in STATE_RULES for problem in rule(state, path))
    own = {key: state[key] for key in state if key not in ("Branches", "ItemProcessor", "Comment")}
    yield from _expressions(own, path, kind in ("Task", "Map", "Parallel"), False)
    for variable in (v for assign in _assigns(state) for v in assign):
        if variable == "states" or not VARIABLE_NAME.fullmatch(variable) or len(variable) > LONGEST_NAME:
            yield f"'{variable}' cannot name a variable at {path}"


def _numbers(state: State, path: str) -> Iterator[str]:
    for field, limits in NUMBERS.items():
        value = state.get(field, limits[0])
        if isinstance(value, str) and not EXPRESSION.fullmatch(value):
            yield f"Expected value of type [INTEGER, JSONATA] at {path}/{field}"
        elif not isinstance(value, str) and not _is_whole(value, *limits):
            yield f"Value is not a whole number from {limits[0]} to {limits[1]}, at {path}/{field}"


def _retry_numbers(state: State, path: str) -> Iterator[str]:
    for number, retrier in enumerate(state.get("Retry", [])):
        at = f"{path}/Retry[{number}]"
        for field, limits in RETRY_NUMBERS.items():
            if not _is_whole(retrier.get(field, limits[0]), *limits):
                yield f"Value is not a whole number from {limits[0]} to {limits[1]}, at {at}/{field}"
        rate = retrier.get("BackoffRate", 1)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or rate < 1:
            yield f"Value is not a number from 1, at {at}/BackoffRate"


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _arguments(state: State, path: str) -> Iterator[str]:
    """Fields that the integration does not have. AWS refuses them when the machine is made."""
    resource, arguments = str(state.get("Resource", "")).split(".")[0], state.get("Arguments")
    for end, fields in INTEGRATIONS.items():
        if resource.endswith(end) and isinstance(arguments, dict):
            for name in sorted(arguments.keys() - fields):
                problem = f'The field "{name}" is not supported by Step Functions'
                yield f"SCHEMA_VALIDATION_FAILED: {problem} at {path}/Arguments"


def _selector(state: State, path: str) -> Iterator[str]:
    if not isinstance(state.get("ItemSelector", {}), dict):
        yield f"the sandbox runs an ItemSelector that is an object, at {path}"


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


def _sdk(state: State, path: str) -> Iterator[str]:
    resource = str(state.get("Resource", ""))
    if ":aws-sdk:" in resource and not resource.endswith(LOOK):
        yield f"the sandbox has no integration {resource}, at {path}"


STATE_RULES: Final = (_numbers, _retry_numbers, _arguments, _selector, _processor, _wildcards, _sdk)


def _expressions(value: object, path: str, working: bool, caught: bool) -> Iterator[str]:
    """Of a state's fields; what stands in a Comment and in ErrorEquals is text. `working`: the state has a result."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("Comment", "ErrorEquals"):
                yield from _expressions(item, f"{path}/{key}", working, caught or key == "Catch")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _expressions(item, f"{path}[{number}]", working, caught)
    elif isinstance(value, str) and (found := EXPRESSION.fullmatch(value)):
        yield from _expression(found[1], path, working, caught)


def _expression(text: str, path: str, working: bool, caught: bool) -> Iterator[str]:
    try:
        names, read = unbound_names(text), members(text, "states")
    except ExpressionError as error:
        yield f"INVALID_JSONATA_EXPRESSION: {error} at {path}"
        return
    for name in names:
        where = "" if name == "$$" else " at the top level"
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '{name}'{where} is not supported. at {path}"
    for name in sorted(read - OF_STATES):
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.{name}' is not supported. at {path}"
    if "errorOutput" in read and not caught:
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: $states.errorOutput outside a Catch at {path}"
    if "result" in read and (caught or not working or not WITH_RESULT.search(path)):
        yield f"UNSUPPORTED_JSONATA_EXPRESSION: $states.result where there is no result at {path}"


def _assigns(state: State) -> Iterator[State]:
    for each in [state, *state.get("Catch", []), *state.get("Choices", [])]:
        yield each.get("Assign", {})


def _targets(state: State) -> Iterator[tuple[str, str]]:
    """Where a transition stands, and the state that it leads to."""
    places = [("", state)]
    for field in ("Catch", "Choices"):
        places += [(f"/{field}[{number}]", each) for number, each in enumerate(state.get(field, []))]
    for place, each in places:
        yield from ((f"{place}/{field}", each[field]) for field in ("Next", "Default") if field in each)


def _transitions(scope: State, path: str) -> Iterator[str]:
    states: dict[str, State] = scope.get("States", {})
    start = str(scope.get("StartAt"))
    found = {name: list(_targets(state)) for name, state in states.items()}
    places = [("/StartAt", start)] + [
        (f"/States/{name}{place}", target) for name, targets in found.items() for place, target in targets
    ]
    for place, target in places:
        if target not in states:
            field = place.rpartition("/")[2]
            yield f"MISSING_TRANSITION_TARGET: Missing '{field}' target: {target} at {path}{place}"
    reached = _reached(start, {name: {target for _, target in targets} for name, targets in found.items()})
    for name in sorted(states.keys() - reached):
        yield f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {path}/States/{name}'


def _ends(state: State) -> bool:
    return bool(state.get("End")) or state.get("Type") in ("Succeed", "Fail")


def _reached(start: str, targets: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = {start}
    while ahead:
        reached |= ahead
        ahead = {name for source in ahead for name in targets.get(source, ())} - reached
    return reached
