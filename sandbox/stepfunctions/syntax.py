"""The syntax tree of a JSONata expression: what it reads, and whether it is a path and nothing else."""

from collections.abc import Iterator
from typing import Any, Final

from jsonata.parser import Parser

PLAIN: Final = frozenset({"_outer_instance", "id", "position", "steps", "type", "value"})
"""What is set of a variable, a name and a path that have no predicate, no grouping, no order, no binding."""
HOLDING: Final = (Parser.Symbol, list, tuple)
"""What has symbols in it; of a symbol's thirty attributes, few are anything else than nothing."""


def symbols(symbol: Any) -> list[Any]:
    """It and everything below it."""
    return [symbol, *(each for _, part in _parts(symbol) for each in symbols(part))]


def variables(symbol: Any) -> frozenset[str]:
    """Names of the variables and functions that are read."""
    return frozenset(each.value for each in symbols(symbol) if each.type == "variable")


def unbound(symbol: Any) -> Iterator[str]:
    """Names, `$` and `$$` that stand where no step has given a context yet."""
    if symbol.type == "variable" and symbol.value in ("", "$"):
        yield f"${symbol.value}"
    elif symbol.type in ("name", "wildcard", "descendant", "parent"):
        yield str(symbol.value)
    elif symbol.type == "path":
        yield from unbound(symbol.steps[0])
    else:
        for name, part in _parts(symbol):
            if name not in ("stages", "predicate", "group", "terms") and not _is_parameter(symbol, name):
                yield from unbound(part)


def plain_path(symbol: Any) -> tuple[str, ...] | None:
    """A variable and the names of members, where the expression is no more than that."""
    variable, *members = steps = symbol.steps if symbol.type == "path" else [symbol]
    if variable.type != "variable" or variable.value in ("", "$") or any(each.type != "name" for each in members):
        return None
    if any({name for name, value in vars(each).items() if value} - PLAIN for each in (symbol, *steps)):
        return None
    return tuple(each.value for each in steps)


def names_after(symbol: Any, variable: str) -> frozenset[str]:
    """The names of members that are read of an object in a variable."""
    return frozenset(each.steps[1].value for each in symbols(symbol) if each.type == "path" and _starts(each, variable))


def members_read(symbol: Any, variable: str) -> frozenset[str] | None:
    """Which members of an object in a variable are read by name; None where any other use is made of it."""
    paths = [each for each in symbols(symbol) if each.type == "path" and _starts(each, variable)]
    uses = sum(each.type == "variable" and each.value == variable for each in symbols(symbol))
    return frozenset(each.steps[1].value for each in paths) if len(paths) == uses else None


def _starts(path: Any, variable: str) -> bool:
    first, *rest = path.steps
    return first.type == "variable" and first.value == variable and bool(rest) and rest[0].type == "name"


def _parts(symbol: Any) -> list[tuple[str, Any]]:
    held = [(name, part) for name, part in vars(symbol).items() if isinstance(part, HOLDING)]
    return [(name, item) for name, part in held for item in _flat(part)]


def _flat(part: object) -> Iterator[Any]:
    if isinstance(part, Parser.Symbol):
        yield part
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from _flat(item)


def _is_parameter(symbol: Any, name: str) -> bool:
    return symbol.type == "lambda" and name == "arguments"
