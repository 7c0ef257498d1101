"""The syntax of a definition's JSONata, for the rules over expressions."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.parser import Parser


@cache
def tree(expression: str) -> Any | None:
    """The expression's tree; None for one that does not parse, which a rule of its own tells."""
    try:
        return Jsonata(expression).ast
    except JException:
        return None


@cache
def symbols(expression: str) -> tuple[Any, ...]:
    """Every symbol of the expression."""
    root = tree(expression)
    return () if root is None else tuple(below(root))


def below(symbol: Any) -> Iterator[Any]:
    """A symbol and all that it holds."""
    yield symbol
    for part in vars(symbol).values():
        for each in _nested(part):
            yield from below(each)


def path_of(symbol: Any) -> tuple[str, ...]:
    """A variable and the members that follow it by name; empty for any other symbol."""
    steps = symbol.steps if symbol.type == "path" else [symbol]
    if steps[0].type != "variable":
        return ()
    names = [str(steps[0].value)]
    for step in steps[1:]:
        if step.type != "name":
            break
        names.append(str(step.value))
    return tuple(names)


def paths(expression: str) -> list[tuple[str, ...]]:
    """The paths that begin with a variable."""
    found = (path_of(each) for each in symbols(expression) if each.type == "path")
    return [each for each in found if each]


def call_of(symbol: Any) -> str | None:
    """The name of the function that a symbol calls."""
    if symbol.type == "function" and symbol.procedure.type == "variable":
        return str(symbol.procedure.value)
    return None


def members_of(symbol: Any) -> list[tuple[str, Any]]:
    """The members of an object that a symbol makes, by name."""
    if symbol.type != "unary" or symbol.value != "{":
        return []
    return [(str(key.value), value) for key, value in symbol.lhs_object]


def joined(symbol: Any) -> list[Any]:
    """The operands of a chain of ``&``."""
    if symbol.type == "binary" and symbol.value == "&":
        return [*joined(symbol.lhs), *joined(symbol.rhs)]
    return [symbol]


def _nested(part: Any) -> Iterator[Any]:
    if isinstance(part, Parser.Symbol):
        yield part
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _nested(each)
