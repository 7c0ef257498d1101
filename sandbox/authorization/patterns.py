"""Patterns of policies, in which * stands for any characters and ? for one.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "Condition operators" (ARN operators). An ARN is
compared part by part: a * does not reach over a colon, but in the last part, where it may.
"""

import re
from collections.abc import Callable

ANY, ONE = r"\*", r"\?"  # as re.escape writes them
ARN_PARTS = 6

Matches = Callable[[str], bool]


def as_text(pattern: str) -> Matches:
    """The values that the pattern matches. Upper and lower case differ."""
    return _compiled(_within(pattern, "."))


def as_arn(pattern: str) -> Matches:
    """The ARNs that the pattern matches; the pattern * matches everything. Raises ValueError for what is no ARN."""
    if pattern == "*":
        return lambda _: True
    *first, resource = pattern.split(":", ARN_PARTS - 1)
    if len(first) != ARN_PARTS - 1 or first[0] != "arn":
        raise ValueError(f"{pattern} is neither an ARN nor *")
    return _compiled(":".join([*(_within(each, "[^:]") for each in first), _within(resource, ".")]))


def as_action(pattern: str) -> Matches:
    """The actions that the pattern matches, in upper or lower case."""
    return _compiled(_within(pattern, "."), re.IGNORECASE)


def _within(pattern: str, character: str) -> str:
    return re.escape(pattern).replace(ANY, f"{character}*").replace(ONE, character)


def _compiled(expression: str, flags: int = 0) -> Matches:
    found = re.compile(expression, flags | re.DOTALL).fullmatch
    return lambda value: found(value) is not None
