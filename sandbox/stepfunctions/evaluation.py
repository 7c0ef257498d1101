"""How a state's data is evaluated: expressions, Assign, Output, Choice, Fail, and the sizes that AWS allows.

Corrections of moto's interpreter, each one a rule of the developer guide ("Transforming data with JSONata", "Passing
data between states with variables", "Handling errors", "Step Functions service quotas"). They replace methods of
moto's classes, so their first argument is an object of such a class; `seams.py` lists which method each replaces.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.stepfunctions.parser.api import (
    EvaluationFailedEventDetails,
    HistoryEventType,
    TaskFailedEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sandbox.stepfunctions.expressions import ExpressionError, parse

LARGEST_DATA: Final = 262_144  # bytes of UTF-8, in a state's input, arguments, result, output or Assign
LARGEST_VARIABLES: Final = 10 * 1_048_576
LONGEST_ERROR: Final = 256
LONGEST_CAUSE: Final = 32_768
LARGEST_NUMBER: Final = 99_999_999

Functions = Mapping[str, Callable[..., object]]


def iso(moment: float | datetime) -> str:
    """A time as the context object writes it: with milliseconds and a Z."""
    when = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def size(value: object) -> int:
    return len(_written(value).encode())


def within_quota(value: object) -> bool:
    return size(value) <= LARGEST_DATA


def copy_json(value: Any) -> Any:
    """A deep copy of JSON, many times faster than copy.deepcopy."""
    if isinstance(value, dict):
        return {key: copy_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy_json(item) for item in value]
    return value


def query_error(env: Any, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EvaluationFailedEventDetails(error=name.error_name, cause=cause)
    event = EventDetails(evaluationFailedEventDetails=details)
    return FailureEventException(FailureEvent(env, name, HistoryEventType.EvaluationFailed, event))


def states_error(env: Any, kind: StatesErrorNameType, cause: str) -> FailureEventException:
    details = EventDetails(taskFailedEventDetails=TaskFailedEventDetails(error=kind.to_name(), cause=cause))
    return FailureEventException(FailureEvent(env, StatesErrorName(typ=kind), HistoryEventType.TaskFailed, details))


def too_large(env: Any, what: str) -> FailureEventException:
    cause = f"{what} exceeds the maximum number of bytes service limit."
    return states_error(env, StatesErrorNameType.StatesStatesDataLimitExceeded, cause)


def bindings(env: Any) -> dict[str, object]:
    """`$states` and the variables. A part of `$states` that the state does not have is undefined, not null."""
    data = env.states._states_data
    states = {"input": data["input"], "context": data["context"]}
    if data.get("errorOutput") is not None:
        states["errorOutput"] = data["errorOutput"]
    elif data.get("result") is not None:
        states["result"] = data["result"]
    store = env.variable_store
    return {**store._outer_scope, **store._inner_scope, "states": states}


class Evaluator:
    """Evaluates expressions for the interpreter, and passes each value to the listeners."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self.listeners: list[Callable[[str, Mapping[str, object], object], None]] = []

    def value(self, text: str, env: Any) -> object:
        bound = bindings(env)
        try:
            result = parse(text).evaluate(bound, self._functions)
        except ExpressionError as error:
            raise query_error(env, str(error)) from error
        for listener in self.listeners:
            listener(text, bound, result)
        return result

    def push(self, component: Any, env: Any) -> None:
        env.stack.append(self.value(component.expression, env))

    def number(self, component: Any, env: Any, least: int) -> int:
        """A whole number for Seconds, TimeoutSeconds or MaxConcurrency; a string of digits fails the state."""
        text = component.string_jsonata.expression
        value = self.value(text, env)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST_NUMBER:
            raise query_error(env, f"The JSONata expression '{text}' returned {json.dumps(value)}, not a whole number.")
        return value


def assign(declaration: Any, env: Any) -> None:
    """Evaluate Assign with the variables as they are; the new values apply after the state has ended."""
    values: dict[str, object] = {}
    for binding in declaration.declaration_bindings:
        binding.eval(env=env)
        values.update(env.stack.pop())
    if not within_quota(values):
        raise too_large(env, "The value of Assign")
    env.pending = values


def commit(env: Any) -> None:
    """Set the variables that Assign evaluated, for the next state."""
    if not env.pending:
        return
    for name, value in env.pending.items():
        env.variable_store.set(variable_identifier=name, variable_value=value)
    env.pending = {}
    if size(env.variable_store._inner_scope) > LARGEST_VARIABLES:
        raise too_large(env, "The size of all variables")


def assigned_variables(store: Any) -> dict[str, str]:
    """Variables as JSON for the history; a text has its quotes."""
    return {name: json.dumps(store.get(name)) for name in sorted(store._declaration_tracing)}


def finish(state: Any, env: Any) -> None:
    """Evaluate Assign and Output of a Task, Map or Parallel after its result, both with the same variables."""
    result = env.stack.pop()
    env.states.set_error_output(None)
    env.states.set_result(result)
    if state.assign_decl:
        state.assign_decl.eval(env=env)
    if state.output:
        state.output.jsonata_template_value.eval(env=env)
        result = env.stack.pop()
    if not within_quota(result):
        raise too_large(env, f"The output of state '{state.name}'")
    env.stack.append(result)


def choose(state: Any, env: Any) -> None:
    """Take the first rule that is true, with its Assign and Output; the state's own apply to Default only."""
    chosen = next((rule for rule in state.choices_decl.rules if _holds(rule, env)), None)
    if chosen is None and state.default_state is None:
        raise states_error(env, StatesErrorNameType.StatesRuntime, f"No rule of choice '{state.name}' matched.")
    source = state if chosen is None else chosen
    declared = source.assign_decl if chosen is None else source.assign
    if declared:
        declared.eval(env=env)
    if source.output:
        source.output.eval(env=env)
    env.stack.append(state.default_state.state_name if chosen is None else chosen.next_stmt.name)


def _holds(rule: Any, env: Any) -> bool:
    rule.comparison.eval(env)
    result = env.stack.pop()
    if not isinstance(result, bool):
        raise query_error(env, f"A Condition returned {json.dumps(result)}, not a boolean.")
    return result


def matches(declaration: Any, env: Any) -> None:
    """Whether ErrorEquals matches. No wildcard matches States.DataLimitExceeded, no name States.Runtime."""
    error = env.stack.pop()
    name = error.error_name if error is not None else None
    names = {each.error_name for each in declaration.error_names}
    if name == "States.Runtime":
        found = False
    elif name == "States.DataLimitExceeded":
        found = name in names
    else:
        found = bool(names & {name, "States.ALL"}) or ("States.TaskFailed" in names and name != "States.Timeout")
    env.stack.append(found)


def failure(env: Any, error: str | None, cause: str | None) -> FailureEventException:
    """The failure that a Fail state raises."""
    given = {key: value for key, value in (("error", error), ("cause", cause)) if value is not None}
    details = EventDetails(taskFailedEventDetails=TaskFailedEventDetails(**given))
    name = CustomErrorName(error) if error else None
    return FailureEventException(FailureEvent(env, name, HistoryEventType.TaskFailed, details))


def failure_texts(state: Any, env: Any) -> tuple[str | None, str | None]:
    """A Fail state's Error and Cause; anything but a text within AWS's limits fails the state."""
    return _text(state.error, "Error", LONGEST_ERROR, env), _text(state.cause, "Cause", LONGEST_CAUSE, env)


def _text(declaration: Any, field: str, longest: int, env: Any) -> str | None:
    if declaration is None:
        return None
    declaration.eval(env=env)
    value = env.stack.pop()
    if not isinstance(value, str):
        raise query_error(env, f"The field '{field}' is {json.dumps(value)}, not a text.")
    if len(value) > longest:
        raise states_error(env, StatesErrorNameType.StatesRuntime, f"The field '{field}' is over {longest} characters.")
    return value
