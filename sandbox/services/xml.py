"""Writes the XML of moto's serialisers, faster than xmltodict.

Element names come from the service's model, so they need no check, and nothing is indented.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'
TEXT, ATTRIBUTE = "#text", "@"


def unparse(document: Mapping[str, Any], *, full_document: bool = True, **_: object) -> str:
    """What `xmltodict.unparse` answers, for the documents that a serialiser makes."""
    return (PROLOG if full_document else "") + "".join(_members(document))


def _members(members: Mapping[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        for each in value if isinstance(value, (list, tuple)) else (value,):
            yield from _element(name, each)


def _element(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"<{name}>{_text(value)}</{name}>"
        return
    attributes = "".join(f" {key[1:]}={quoteattr(_plain(each))}" for key, each in value.items() if key[0] == ATTRIBUTE)
    yield f"<{name}{attributes}>"
    yield from _members({key: each for key, each in value.items() if key[0] not in (ATTRIBUTE, TEXT[0])})
    yield f"{_text(value.get(TEXT))}</{name}>"


def _text(value: Any) -> str:
    return escape(_plain(value))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode() if isinstance(value, bytes) else str(value)
