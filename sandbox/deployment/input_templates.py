"""Input templates of EventBridge: a text with <places> for what an event holds.

In quotes a place takes the text of a value, elsewhere the value as JSON. A place for which there is nothing stays empty
in quotes and is null elsewhere. Sources: EventBridge user guide, "Amazon EventBridge input transformation" and "Amazon
EventBridge Pipes input transformation" (the places of either, and that the body of a message is parsed if it is JSON).
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.deployment.resolver import TemplateError

PLACE: Final = re.compile(r"<([^<>\s]+)>")
QUOTE: Final = re.compile(r'(?<!\\)"')
NOTHING: Final = object()
Lookup = Callable[[str], Any]
"""The value for a place, or NOTHING."""


def check(name: str, template: str) -> None:
    """Raises TemplateError for a template that is no JSON whatever its places hold."""
    try:
        json.loads(fill(template, lambda _: "x"))
    except ValueError as error:
        raise TemplateError(f"{name}: the InputTemplate is no JSON: {error}") from error


def fill(template: str, lookup: Lookup) -> str:
    def put(match: re.Match[str]) -> str:
        value = lookup(match[1])
        if len(QUOTE.findall(template[: match.start()])) % 2 == 0:
            return json.dumps(None if value is NOTHING else value, ensure_ascii=False)
        if value is NOTHING:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return json.dumps(text, ensure_ascii=False)[1:-1]

    return PLACE.sub(put, template)


def at(value: Any, path: str) -> Any:
    """What is at a path like $.detail.nodes[0]; of a text that is JSON, what is in it."""
    for step in re.findall(r"[^.\[\]$]+", path):
        value = _parsed(value)
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return NOTHING
    return value


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
