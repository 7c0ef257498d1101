"""Statements of IAM policies: which of them are about an action, a resource or a principal, in any form of the grammar.

`covers` says that a statement is about all of what is asked, `touches` that it is about some of it: an Allow has to
cover, and a Deny that touches is enough to refuse (IAM User Guide, "Policy evaluation logic").
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

from private_connection.access.patterns import matches, overlap

Policy = dict[str, Any]
"""A policy document as boto3 gives it: decoded JSON, in any of the forms that IAM's grammar allows."""
Statement = dict[str, Any]
Element = Literal["Action", "Resource"]
Compare = Callable[[str, str], bool]
"""How a pattern of a statement is compared with what is asked."""


def as_policy(document: object) -> Policy:
    """A document as boto3 gives it; boto3's stubs allow text too, which it never is."""
    return document if isinstance(document, dict) else {}


def statements(policy: Policy, effect: Literal["Allow", "Deny"]) -> Iterator[Statement]:
    return (each for each in listed(policy.get("Statement")) if isinstance(each, dict) and each.get("Effect") == effect)


def covers(statement: Statement, element: Element, asked: str) -> bool:
    """Whether the statement is about the action or resource, or about all that match, if it is a pattern."""
    return _is_about(statement, element, asked, by=matches, unless=overlap)


def touches(statement: Statement, element: Element, asked: str) -> bool:
    """Whether the statement is about the action or resource, or about one that matches, if it is a pattern."""
    return _is_about(statement, element, asked, by=overlap, unless=matches)


def names(statement: Statement, principal: str) -> bool:
    """Whether a statement of a trust policy is about a principal, which is an account's root.

    The account is named by its root's ARN, by its id alone, or with everybody by ``*`` (IAM User Guide, "Principal").
    """
    if "NotPrincipal" in statement:
        return not _lists(statement["NotPrincipal"], principal)
    return _lists(statement.get("Principal"), principal)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _is_about(statement: Statement, element: Element, asked: str, *, by: Compare, unless: Compare) -> bool:
    """Whether what the statement names meets what is asked, or nothing that it leaves out does (``NotAction``)."""
    named, others = _named(statement, element), _named(statement, f"Not{element}")
    asked = _comparable(element, asked)
    if others:
        return not any(unless(each, asked) for each in others)
    return any(by(each, asked) for each in named)


def _lists(principals: object, principal: str) -> bool:
    named = listed(principals.get("AWS")) if isinstance(principals, dict) else listed(principals)
    return bool({principal, principal.split(":")[4], "*"} & {str(each) for each in named})


def _named(statement: Statement, element: str) -> list[str]:
    found = [str(each) for each in listed(statement.get(element))]
    return [each.lower() for each in found] if element.endswith("Action") else found


def _comparable(element: Element, text: str) -> str:
    """Case does not count in actions (IAM User Guide, "Action")."""
    return text.lower() if element == "Action" else text
