"""IAM's patterns, in which ``*`` stands for any characters and ``?`` for one (IAM User Guide, "Resource").

Actions are compared without regard to case, which is the caller's to see to.
"""

import re
from collections.abc import Iterator
from functools import cache


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern takes a text.

    The text may be a pattern too: only a ``*`` takes its wildcards, so what is true then is true of all that it takes.
    """
    return _compiled(pattern).fullmatch(text) is not None


def overlap(one: str, other: str) -> bool:
    """Whether there is a text that both patterns match."""
    seen, ahead = set[tuple[int, int]](), [(0, 0)]
    while ahead:
        place = ahead.pop()
        if place == (len(one), len(other)):
            return True
        if place not in seen:
            seen.add(place)
            ahead.extend(_following(one, other, *place))
    return False


def _following(one: str, other: str, first: int, second: int) -> Iterator[tuple[int, int]]:
    """How far both patterns may be read by the next character of a text, or by a ``*`` that stands for none."""
    a, b = one[first : first + 1], other[second : second + 1]
    if a == "*" or b == "*":
        if a:
            yield first + 1, second
        if b:
            yield first, second + 1
    elif a and b and (a == b or "?" in (a, b)):
        yield first + 1, second + 1


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if each == "*" else "[^*]" if each == "?" else re.escape(each) for each in pattern)
    return re.compile("".join(parts), re.DOTALL)
