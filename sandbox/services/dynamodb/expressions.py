"""Expressions: what DynamoDB refuses before it looks at the item.

Sources: DynamoDB developer guide, "Expression attribute names (aliases)", "Using expression attribute values" and
"Reserved words"; the wording, and what else is refused, as tests that run against AWS have it (scylladb/scylladb,
test/alternator: test_condition_expression, test_update_expression, test_projection_expression; architect/dynalite,
test/getItem and its neighbours).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from moto.dynamodb.comparisons import create_condition_expression_parser
from moto.dynamodb.exceptions import InvalidConditionExpression
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from sandbox.services.common import Refused

BY_OPERATION: Final[Mapping[str, Sequence[str]]] = {
    "BatchGetItem": ("ProjectionExpression",),
    "ConditionCheck": ("ConditionExpression",),
    "Delete": ("ConditionExpression",),
    "DeleteItem": ("ConditionExpression",),
    "Get": ("ProjectionExpression",),
    "GetItem": ("ProjectionExpression",),
    "Put": ("ConditionExpression",),
    "PutItem": ("ConditionExpression",),
    "Query": ("KeyConditionExpression", "FilterExpression", "ProjectionExpression"),
    "Scan": ("FilterExpression", "ProjectionExpression"),
    "Update": ("UpdateExpression", "ConditionExpression"),
    "UpdateItem": ("UpdateExpression", "ConditionExpression"),
}
"""The expressions that an operation, or a part of a transaction, takes."""
PLACEHOLDER: Final = re.compile(r"[#:]\w+")
SEGMENT: Final = re.compile(r"[^\s,.\[\]]+")
PLACEHOLDERS: Final = (
    ("#", "ExpressionAttributeNames", "name used in the document path is not defined; attribute name"),
    (":", "ExpressionAttributeValues", "value used in expression is not defined; attribute value"),
)
HOLDING_VALUES: Final = ("Item", "Key", "ExpressionAttributeValues")
DATATYPES: Final = "must contain exactly one of the supported datatypes"


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raises Refused for the first problem of the request's expressions and values."""
    for problem in _problems(operation, request):
        raise invalid(problem)


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)


def _problems(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
    given = {name: request[name] for name in BY_OPERATION[operation] if request.get(name) is not None}
    yield from (f"Invalid {name}: The expression can not be empty;" for name, text in given.items() if not text.strip())
    for kind, parameter, undefined in PLACEHOLDERS:
        yield from _misused(given, kind, parameter, request.get(parameter), undefined)
    for value in (each for held in HOLDING_VALUES for each in request.get(held, {}).values()):
        yield from _wrong_value(value)
    for name, text in given.items():
        if name in ("ConditionExpression", "FilterExpression"):
            names, values = (request.get(parameter, {}) for _, parameter, _ in PLACEHOLDERS)
            yield from _syntax(name, text, tuple(names.items()), tuple(values))
        elif name == "ProjectionExpression":
            yield from _reserved(name, text)


def _misused(
    given: Mapping[str, str], kind: str, parameter: str, defined: Mapping[str, Any] | None, undefined: str
) -> Iterator[str]:
    """Placeholders that are not defined, and definitions that no expression uses."""
    if defined is not None and not given:
        yield f"{parameter} can only be specified when using expressions"
    if defined is not None and not defined:
        yield f"{parameter} must not be empty"
    used = set()
    for name, text in given.items():
        for placeholder in (each for each in PLACEHOLDER.findall(text) if each.startswith(kind)):
            used.add(placeholder)
            if placeholder not in (defined or {}):
                yield f"Invalid {name}: An expression attribute {undefined}: {placeholder}"
    unused = [each for each in defined or {} if each not in used]
    if unused:
        yield f"Value provided in {parameter} unused in expressions: keys: {{{', '.join(unused)}}}"


def _wrong_value(value: Mapping[str, Any]) -> Iterator[str]:
    """A value that has not one type ("AttributeValue", API reference), at whatever depth."""
    if not value:
        yield f"Supplied AttributeValue is empty, {DATATYPES}"
    elif len(value) > 1:
        yield f"Supplied AttributeValue has more than one datatypes set, {DATATYPES}"
    for each in value.get("L", ()):
        yield from _wrong_value(each)
    for each in value.get("M", {}).values():
        yield from _wrong_value(each)


@lru_cache(maxsize=256)
def _syntax(name: str, text: str, names: tuple[tuple[str, str], ...], values: tuple[str, ...]) -> list[str]:
    """The values themselves do not matter, so that a run asks once for each of its expressions."""
    try:
        create_condition_expression_parser(text, dict(names), {each: {"S": ""} for each in values}).parse()
    except InvalidConditionExpression as error:
        return [f"Invalid {name}: {error.condition_expression_error}"]
    except (ValueError, LookupError) as error:
        return [f"Invalid {name}: Syntax error; {error}"]
    return []


def _reserved(name: str, text: str) -> Iterator[str]:
    """Reserved words are refused in every part of a path."""
    for word in SEGMENT.findall(text):
        if word.upper() in ReservedKeywords.get_reserved_keywords():
            yield f"Invalid {name}: Attribute name is a reserved keyword; reserved keyword: {word}"
