"""Recorded inputs of expressions, changed as a run may one day change them: null, a list, nothing, another type.

What runs recorded shows how the two implementations of JSONata agree on inputs that are right. A run goes wrong on the
others, and there the port has differed from the reference: on null, on lists of one, on errors that it has no code for.
"""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

from jsonata import Jsonata

from sandbox.stepfunctions.expressions import ExpressionError, Language, additions, parse
from sandbox.stepfunctions.patching import Seam, patched

MOST_INPUTS: Final = 2
"""Recorded inputs of an expression that are changed: the smallest ones."""
MOST_PLACES: Final = 12
MISSING: Final = object()
DRAWN: Final = frozenset({"random", "uuid", "now", "millis"})

LENIENT: Final = [
    Seam(Language, name, getattr(Jsonata, name))
    for name in ("evaluate_boolean_expression", "evaluate_equality_expression")
]
"""As the language has them: AWS refuses some operands, and the sandbox with it, which the reference takes."""

Recorded = Mapping[str, Any]
Place = tuple[str | int, ...]


def mutated(recorded: Sequence[Recorded]) -> list[Recorded]:
    """Changed inputs, each with what the sandbox's port makes of it: a value, or ``fails`` where it makes none."""
    by_expression: dict[str, list[Recorded]] = {}
    for each in recorded:
        by_expression.setdefault(each["expression"], []).append(each)
    functions = additions(Random(0))
    changed = (
        (text, variables)
        for text, inputs in by_expression.items()
        if not DRAWN & parse(text).reads
        for each in sorted(inputs, key=lambda one: len(str(one["variables"])))[:MOST_INPUTS]
        for variables in _variants(text, each["variables"])
    )
    with patched(LENIENT):
        return [
            {"expression": text, "variables": variables, **_outcome(text, variables, functions)}
            for text, variables in changed
        ]


def _outcome(text: str, variables: Mapping[str, object], functions: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"value": parse(text).evaluate(variables, functions)}
    except ExpressionError:
        return {"fails": True}


def _variants(text: str, variables: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    words = frozenset(re.findall(r"\w+", text))
    places = list(_places(variables, words))
    for place in places[:: max(1, len(places) // MOST_PLACES)][:MOST_PLACES]:
        for replacement in _replacements(_at(variables, place)):
            yield _put(variables, place, replacement)


def _places(value: Any, words: frozenset[str], path: Place = ()) -> Iterator[Place]:
    """Where something stands that the expression names, and the first item of a list below it."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = ((key, each) for key, each in value.items() if key in words)
    elif isinstance(value, list):
        items = list(enumerate(value))[:1]
    for key, each in items:
        if (*path, key) != ("states",):
            yield (*path, key)
        yield from _places(each, words, (*path, key))


def _replacements(value: Any) -> list[Any]:
    other = 5 if isinstance(value, str) else "text"
    return [None, [], [value], [[value]], [value, value], other, {}, MISSING]


def _at(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def _put(variables: Mapping[str, Any], place: Place, replacement: Any) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(dict(variables))
    holder = _at(changed, place[:-1])
    if replacement is MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = copy.deepcopy(replacement)
    return changed
