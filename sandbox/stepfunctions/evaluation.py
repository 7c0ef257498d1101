"""How a state's data is evaluated: expressions, Assign, Output, Choice, Fail, and the sizes that AWS allows.

Corrections of moto's interpreter, each one a rule of the developer guide ("Transforming data with JSONata", "Passing
data between states with variables", "Handling errors", "Step Functions service quotas"). They replace methods of
moto's classes, so their first argument is an object of such a class; `seams.py` lists which method each replaces.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome

from sandbox.stepfunctions.expressions import ExpressionError, Fixed, parse
from sandbox.stepfunctions.failures import failure, query_error, runtime_error, too_large
from sandbox.stepfunctions.results import written
from sandbox.stepfunctions.templates import value_of

LARGEST_DATA: Final = 262_144  # bytes of UTF-8, in a state's input, arguments, result, output or Assign
LARGEST_VARIABLES: Final = 10 * 1_048_576
LONGEST_ERROR: Final = 256
LONGEST_CAUSE: Final = 32_768
LARGEST_NUMBER: Final = 99_999_999
TEXTS: Final = ("FunctionName", "StateMachineArn", "Name")
"""Arguments of the integrations that are used here and take a text only."""
HOLDING: Final = (dict, list)

Functions = Mapping[str, Callable[..., object]]
Listener = Callable[[str, Mapping[str, object], object], None]


def iso(moment: float | datetime) -> str:
    """A time as the context object writes it: with milliseconds and a Z."""
    when = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def size(value: object) -> int:
    return len(written(value).encode())


def within_quota(value: object) -> bool:
    return size(value) <= LARGEST_DATA


def copy_json(value: Any) -> Any:
    """A deep copy of JSON, many times faster than copy.deepcopy."""
    if isinstance(value, dict):
        if isinstance(value, Fixed):
            return value
        return {key: copy_json(item) if isinstance(item, HOLDING) else item for key, item in value.items()}
    if isinstance(value, list):
        return [copy_json(item) if isinstance(item, HOLDING) else item for item in value]
    return value


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
    """Evaluates expressions for the interpreter, and passes each value to the listeners.

    A field is named by its path in the state, for AWS's messages: Output/a/b[0], Choices[1]/Condition, Catch[0]/Output.
    """

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self.listeners: list[Listener] = []

    def value(self, text: str, env: Any, field: str) -> object:
        bound = bindings(env)
        try:
            result = parse(text).evaluate(bound, self._functions)
        except ExpressionError as error:
            raise query_error(env, error.in_field(field), field) from error
        for listener in self.listeners:
            listener(text, bound, result)
        return result

    def template(self, part: Any, env: Any, field: str) -> object:
        return value_of(part, env, field, self.value)

    def number(self, component: Any, env: Any, field: str, least: int) -> int:
        """A whole number for Seconds, TimeoutSeconds or MaxConcurrency; a string of digits fails the state."""
        text = component.string_jsonata.expression
        value = self.value(text, env, field)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST_NUMBER:
            raise query_error(env, unexpected(text, field, "integer", value), field)
        return value

    # ---- fields of every state

    def assign(self, declaration: Any, env: Any, place: str = "") -> None:
        """Evaluate Assign with the variables as they are; the new values apply after the state has ended."""
        values = {
            binding.identifier: self.template(binding.assign_value, env, f"{place}Assign/{binding.identifier}")
            for binding in (each.binding for each in declaration.declaration_bindings)
        }
        if not within_quota(values):
            raise too_large(env, "The value of Assign exceeds")
        env.pending = values

    def output(self, declaration: Any, env: Any, place: str = "") -> None:
        env.states.reset(self.template(declaration.jsonata_template_value, env, f"{place}Output"))

    def finish(self, state: Any, env: Any) -> None:
        """Evaluate Assign and Output of a Task, Map or Parallel after its result, both with the same variables."""
        result = env.stack.pop()
        env.states.set_error_output(None)
        env.states.set_result(result)
        if state.assign_decl:
            self.assign(state.assign_decl, env)
        if state.output:
            result = self.template(state.output.jsonata_template_value, env, "Output")
        if not within_quota(result):
            raise too_large(env, f"The output of state '{state.name}' exceeds")
        env.stack.append(result)

    def arguments(self, state: Any, env: Any) -> Any:
        """Arguments of a Task or a Parallel. A wrong type in them ends the execution before anything is called, as
        recorded (services/test_apigetway_task_service, a text where a list is wanted; ASFHyP3/hyp3 2585)."""
        given = self.template(state.parargs.template_eval_component, env, "Arguments") if state.parargs else {}
        if not within_quota(given):
            raise too_large(env, f"The arguments of state '{state.name}' exceeds")
        wrong = [name for name in TEXTS if isinstance(given, dict) and not isinstance(given.get(name, ""), str)]
        if wrong and hasattr(state, "resource"):
            problems = ", ".join(f"The value for the field '{name}' must be a STRING" for name in wrong)
            cause = f"The Parameters '{written(given)}' could not be used to start the Task: [{problems}]"
            raise runtime_error(env, cause)
        return given

    # ---- choices

    def choose(self, state: Any, env: Any) -> None:
        """Take the first rule that is true, with its Assign and Output; the state's own apply to Default only."""
        rules = enumerate(state.choices_decl.rules)
        number, chosen = next(((n, rule) for n, rule in rules if self._holds(n, rule, env)), (0, None))
        if chosen is None and state.default_state is None:
            raise runtime_error(env, f"No rule of choice '{state.name}' matched.")
        source, place = (state, "") if chosen is None else (chosen, f"Choices[{number}]/")
        declared = source.assign_decl if chosen is None else source.assign
        if declared:
            self.assign(declared, env, place)
        if source.output:
            self.output(source.output, env, place)
        env.stack.append(state.default_state.state_name if chosen is None else chosen.next_stmt.name)

    def _holds(self, number: int, rule: Any, env: Any) -> bool:
        if not hasattr(rule.comparison, "string_jsonata"):
            return bool(rule.comparison.literal)
        text, field = rule.comparison.string_jsonata.expression, f"Choices[{number}]/Condition"
        result = self.value(text, env, field)
        if not isinstance(result, bool):
            raise query_error(env, unexpected(text, field, "boolean", result), field)
        return result

    # ---- failures

    def catch(self, state: Any, env: Any, failed: Any) -> bool:
        """Whether a catcher takes the failure: its Assign and Output are done and its state comes next."""
        for number, catcher in enumerate(state.catch.catchers if state.catch else []):
            env.stack.append(failed.error_name)
            catcher.error_equals.eval(env)
            if env.stack.pop():
                self._take(catcher, env, f"Catch[{number}]/")
                return True
        return False

    def _take(self, catcher: Any, env: Any, place: str) -> None:
        env.pending = {}
        if catcher.assign:
            self.assign(catcher.assign, env, place)
        if catcher.output:
            self.output(catcher.output, env, place)
        else:
            env.states.reset(env.states.get_error_output())
        env.next_state_name = catcher.next_decl.name
        env.stack.append(CatchOutcome.Caught)

    def fail(self, state: Any, env: Any) -> Exception:
        """The failure of a Fail state; anything but a text within AWS's limits fails the state itself."""
        error = self._text(state.error, "Error", LONGEST_ERROR, env)
        return failure(env, error, self._text(state.cause, "Cause", LONGEST_CAUSE, env))

    def _text(self, declaration: Any, field: str, longest: int, env: Any) -> str | None:
        if declaration is None:
            return None
        expression = getattr(declaration.string_expression, "expression", None)
        literal = declaration.string_expression.literal_value
        value = literal if expression is None else self.value(expression, env, field)
        if not isinstance(value, str):
            raise query_error(env, unexpected(expression, field, "string", value), field)
        if len(value) > longest:
            raise runtime_error(env, f"The field '{field}' is over {longest} characters.")
        return value


def unexpected(text: str | None, field: str, expected: str, value: object) -> str:
    """AWS's words for a value of another type (recorded for Items in LocalStack's scenarios/test_base_scenarios)."""
    return (
        f"The JSONata expression '{text}' specified for the field '{field}' returned an unexpected result type. "
        f"Expected '{expected}', but was '{type_of(value)}' for value: {written(value)}"
    )


def type_of(value: object) -> str:
    kinds = ((bool, "boolean"), ((int, float), "number"), (str, "string"), (list, "array"), (dict, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


def commit(env: Any) -> None:
    """Set the variables that Assign evaluated, for the next state."""
    if not env.pending:
        return
    for name, value in env.pending.items():
        env.variable_store.set(variable_identifier=name, variable_value=value)
    env.pending = {}
    if size(env.variable_store._inner_scope) > LARGEST_VARIABLES:
        raise too_large(env, "The size of all variables exceeds")


def assigned_variables(store: Any) -> dict[str, str]:
    """Variables as JSON for the history; a text has its quotes."""
    return {name: json.dumps(store.get(name)) for name in sorted(store._declaration_tracing)}
