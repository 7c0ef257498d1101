"""The rule over Conditions: each is sure to be a boolean.

A Choice has no Catch. A Condition that is undefined, or no boolean, ends the run where nothing rolls back (measured:
floci-io/floci 2665, 2689).
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from tools.definitions.reading import EXPRESSION, SUBSTITUTION, State, function_of
from tools.definitions.subject import Subject
from tools.definitions.syntax import call_of, path_of, tree
from tools.deployment import result_of

COMPARED = frozenset({"=", "!=", "in"})
"""Always a boolean: what is undefined equals nothing."""
ORDERED = frozenset({"<", "<=", ">", ">="})
"""Undefined where one side is."""
SURE_CALLS = frozenset({"exists", "not"})
ARITHMETIC = frozenset({"+", "-", "*", "/"})
RECKONING = frozenset({"max", "min", "ceil", "floor", "round", "abs"})


def conditions_are_booleans(subject: Subject) -> Iterator[str]:
    for name, state in subject.states:
        for rule in state.get("Choices", []):
            root = _parsed(rule.get("Condition", ""))
            if root is not None and not _is_sure(root, state, subject):
                yield f"{name}: {rule['Condition']} may be undefined, or no boolean"


def _parsed(text: object) -> Any | None:
    match = EXPRESSION.fullmatch(text) if isinstance(text, str) else None
    return tree(SUBSTITUTION.sub("1", match[1])) if match else None


def _is_sure(symbol: Any, state: State, subject: Subject) -> bool:
    """Whether this is a boolean whatever a run has met."""
    if symbol.type == "block":
        return bool(symbol.expressions) and _is_sure(symbol.expressions[-1], state, subject)
    if symbol.type == "binary" and symbol.value in ("and", "or"):
        return all(_is_sure(side, state, subject) for side in (symbol.lhs, symbol.rhs))
    if symbol.type == "binary" and symbol.value in ORDERED:
        return all(_is_number(side) for side in (symbol.lhs, symbol.rhs))
    if symbol.type == "binary":
        return symbol.value in COMPARED
    if symbol.type == "value":
        return isinstance(symbol.value, bool)
    return call_of(symbol) in SURE_CALLS or _is_promised(path_of(symbol), state, subject)


def _is_number(symbol: Any) -> bool:
    """A number, a count, a variable, which another rule wants assigned on every path, or what is reckoned of those."""
    if symbol.type == "binary" and symbol.value in ARITHMETIC:
        return all(_is_number(side) for side in (symbol.lhs, symbol.rhs))
    if symbol.type == "unary" and symbol.value == "[":
        return bool(symbol.expressions) and all(_is_number(each) for each in symbol.expressions)
    if call_of(symbol) in RECKONING:
        return all(_is_number(each) for each in symbol.arguments)
    return symbol.type == "number" or call_of(symbol) == "count" or (symbol.type == "variable" and bool(symbol.value))


def _is_promised(path: tuple[str, ...], state: State, subject: Subject) -> bool:
    """Whether a contract, or every assignment, makes a boolean of what the path leads to."""
    if path[:2] == ("states", "result"):
        return any(_holds(model, path[3:]) for model in _results(path[2:3], state, subject))
    if not path or path[0] == "states":
        return False
    values = list(_assigned(path[0], subject))
    return bool(values) and all(_gives(value, path[1:], source, subject) for value, source in values)


def _assigned(variable: str, subject: Subject) -> Iterator[tuple[Any, State]]:
    for _, state in subject.states:
        for each in [state, *state.get("Catch", []), *state.get("Choices", [])]:
            if variable in each.get("Assign", {}):
                yield each["Assign"][variable], state


def _gives(value: Any, members: tuple[str, ...], state: State, subject: Subject) -> bool:
    if isinstance(value, dict) and members:
        return _gives(value.get(members[0]), members[1:], state, subject)
    root = _parsed(value)
    if root is None:
        return isinstance(value, bool) and not members
    if members:
        return _is_promised((*path_of(root), *members), state, subject)
    return _is_sure(root, state, subject)


def _results(part: tuple[str, ...], state: State, subject: Subject) -> list[type[BaseModel]]:
    """The model of a function's payload; of a nested execution's output, which is one of its functions' payload."""
    if part == ("Payload",):
        function = function_of(state)
        return [result_of(subject.deployment.step(function))] if function in subject.deployment.functions else []
    name = str(state.get("Arguments", {}).get("StateMachineArn", "")).strip("${}").lower()
    whole = "{% $states.result.Payload %}"
    tasks = subject.machines.get(name, {}).get("States", {}).values() if part == ("Output",) else []
    functions = [function_of(each) for each in tasks if each.get("Output") == whole]
    return [result_of(subject.deployment.step(each)) for each in functions if each]


def _holds(model: type[BaseModel], members: tuple[str, ...]) -> bool:
    """A result is written whole, with its defaults: a boolean of its model is always there."""
    fields = {str(field.alias): field for field in model.model_fields.values()}
    found = fields.get(members[0]) if len(members) == 1 else None
    return found is not None and found.annotation is bool
