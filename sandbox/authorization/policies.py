"""Policies: whether the documents of a principal allow an action on a resource, as IAM evaluates them.

Source: IAM User Guide, "Policy evaluation logic": what no statement allows is not allowed, and what one statement
denies is denied whatever the others allow.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sandbox.authorization.operators import Condition, Context, Null, PolicyError, comparable, conditions
from sandbox.authorization.patterns import Matches, as_action, as_arn

ELEMENTS: Final = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


class Verdict(Enum):
    ALLOWED = "allowed"
    NOT_ALLOWED = "not allowed"
    DENIED = "denied"


@dataclass(frozen=True)
class Statement:
    denies: bool
    covers: Matches
    """The actions that it is about."""
    reaches: Matches
    """The resources that it is about."""
    conditions: Sequence[Condition | Null]


class Policies:
    """What one or several documents say together. Raises PolicyError for a document that is not understood."""

    def __init__(self, documents: Iterable[Any]) -> None:
        self._statements = [each for document in documents for each in _statements(document)]
        self._about: dict[str, list[Statement]] = {}

    def judge(self, action: str, resource: str, context: Context) -> Verdict:
        """The verdict on a request; the resource of an action that takes none is *."""
        about = self._about.get(action)
        if about is None:
            about = self._about[action] = [each for each in self._statements if each.covers(action)]
        keys, verdict = comparable(context), Verdict.NOT_ALLOWED
        for each in about:
            if each.reaches(resource) and all(condition.met(keys) for condition in each.conditions):
                if each.denies:
                    return Verdict.DENIED
                verdict = Verdict.ALLOWED
        return verdict


def _statements(document: Any) -> Iterator[Statement]:
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise PolicyError(f"a policy that the sandbox does not read: {document}")
    for each in _listed(document["Statement"]):
        yield _statement(each)


def _statement(statement: Mapping[str, Any]) -> Statement:
    if not statement.keys() <= ELEMENTS or statement.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"a statement that the sandbox does not read: {statement}")
    return Statement(
        denies=statement["Effect"] == "Deny",
        covers=_either("Action", as_action, statement),
        reaches=_either("Resource", as_arn, statement),
        conditions=conditions(statement.get("Condition") or {}),
    )


def _either(element: str, pattern: Callable[[str], Matches], statement: Mapping[str, Any]) -> Matches:
    """What the element matches, or what its Not... does not match. A statement has one of the two."""
    given = [name for name in (element, f"Not{element}") if name in statement]
    if len(given) != 1:
        raise PolicyError(f"a statement with {' and '.join(given) or f'no {element}'}: {statement}")
    try:
        found = [pattern(each) for each in _listed(statement[given[0]])]
    except ValueError as error:
        raise PolicyError(f"{error}: {statement}") from error
    negated = given[0] != element
    return lambda value: any(matches(value) for matches in found) != negated


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
