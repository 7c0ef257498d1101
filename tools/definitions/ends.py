"""Rules over texts with a limit: a Fail's Cause, and the name of an execution that is started.

Step Functions takes a Cause of 32,768 characters (API reference, "ExecutionFailedEventDetails") and a name of 1 to 80
without certain signs (API reference, "StartExecution"). What it does with a longer Cause nobody has recorded.
"""

from collections.abc import Iterator
from typing import Any

from tools.definitions.reading import EXPRESSION, SUBSTITUTION, State, all_states, starts_execution
from tools.definitions.syntax import below, call_of, joined, members_of, path_of, tree

LONGEST_CAUSE = 32_768
LONGEST_NAME = 80
FORBIDDEN = frozenset(' <>{}[]?*"#%\\^|~`$&,;:/\t\n\r')
DIGESTS = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128}
EVENT_ID = 36
"""Characters of the id of an event (EventBridge User Guide, "AWS service event metadata")."""
EVENT_IDS = (("states", "input", "id"), ("states", "context", "Execution", "Input", "id"))
NUMBER = 24
"""Characters of a number that was reckoned, as JSON writes it at most."""
SHORT = 256
"""Characters of an error's name (API reference, "ExecutionFailedEventDetails"), which an id never has."""


def causes_are_cut(machine: State) -> Iterator[str]:
    """A Cause that is put together is cut: each text in it, so that the end of one does not cost the next."""
    for name, state in all_states(machine):
        for cause in _causes(state):
            parts = joined(cause)
            if len(parts) == 1:
                continue
            lengths = [_length(part) for part in parts]
            if None in lengths:
                yield f"{name}: its Cause adds a text that no $substring cuts"
            elif sum(each or 0 for each in lengths) >= LONGEST_CAUSE:
                yield f"{name}: its Cause may pass {LONGEST_CAUSE} characters"


def _causes(state: State) -> Iterator[Any]:
    """Of a Fail, and of a failure that a state or a catcher of it puts together for one."""
    held = [value for each in (state, *state.get("Catch", [])) for value in each.get("Assign", {}).values()]
    texts = [state.get("Cause")] if state["Type"] == "Fail" else []
    for text in [*texts, *(each.get("cause") for each in held if isinstance(each, dict))]:
        if (root := _parsed(text)) is not None:
            yield root
    for root in filter(None, map(_parsed, held)):
        yield from (member for each in below(root) for key, member in members_of(each) if key == "cause")


def _length(symbol: Any) -> int | None:
    """How long a part may be; None where nothing limits it."""
    if symbol.type == "string":
        return len(symbol.value)
    if call_of(symbol) == "substring" and len(symbol.arguments) == 3 and symbol.arguments[2].type == "number":
        return int(symbol.arguments[2].value)
    last = symbol.steps[-1] if symbol.type == "path" else symbol
    return SHORT if last.type == "name" and last.value.lower() in ("error", "id") else None


def names_fit_executions(machine: State) -> Iterator[str]:
    """The name of a started execution is legal on every path: its constant part, and a digest or an event's id."""
    for name, state in all_states(machine):
        if not starts_execution(state):
            continue
        for given in _given_names(state["Arguments"].get("Name"), machine):
            lengths = [_name_length(part) for part in joined(root)] if (root := _parsed(given)) else [None]
            if None in lengths:
                yield f"{name}: the execution's Name {given!r} may be illegal"
            elif sum(each or 0 for each in lengths) > LONGEST_NAME:
                yield f"{name}: the execution's Name may pass {LONGEST_NAME} characters"


def _given_names(given: Any, machine: State) -> list[Any]:
    """The expression itself; of a variable, everything that is assigned to it."""
    root = _parsed(given)
    if root is None or root.type != "variable":
        return [given]
    assigning = (
        each for _, state in all_states(machine) for each in [state, *state.get("Catch", []), *state.get("Choices", [])]
    )
    return [each["Assign"][root.value] for each in assigning if root.value in each.get("Assign", {})] or [given]


def _name_length(symbol: Any) -> int | None:
    if symbol.type == "string":
        return None if FORBIDDEN & set(symbol.value) else len(symbol.value)
    if call_of(symbol) == "hash" and len(symbol.arguments) == 2:
        return DIGESTS.get(str(symbol.arguments[1].value))
    if call_of(symbol) == "string" and [(each.type, each.value) for each in symbol.arguments] == [("binary", "+")]:
        return NUMBER
    return EVENT_ID if path_of(symbol) in EVENT_IDS else None


def _parsed(text: object) -> Any | None:
    match = EXPRESSION.fullmatch(text) if isinstance(text, str) else None
    return tree(SUBSTITUTION.sub("1", match[1])) if match else None
