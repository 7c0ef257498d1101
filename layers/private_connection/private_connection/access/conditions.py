"""Conditions of IAM policies, judged for a request of which some keys are known.

The answer is true, false, or None: the condition depends on what we do not know. Operators, multivalued keys and absent
keys are those of the IAM User Guide, "Condition operators" and "Set operators for multivalued context keys".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from private_connection.access.patterns import matches
from private_connection.access.statements import Statement, listed

Values = tuple[str, ...]
Context = Mapping[str, Values]
"""The values of each key that is known, by its name in lower case; of a key that AWS does not supply, none."""
FOREIGN: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for a value of somebody else's that no policy names: an address, an organisation."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a statement's conditions are met, and if that is not certain, which of them decide it."""

    met: bool | None
    because: tuple[str, ...] = ()


def judge(statement: Statement, context: Context) -> Judged:
    """Whether all conditions of a statement are met: one that is not met decides, then one that is not known."""
    judged = list(_judged(statement.get("Condition"), context))
    for answer in (False, None):
        because = tuple(named for met, named in judged if met is answer)
        if because:
            return Judged(answer, because)
    return Judged(True)


def told(statement: Statement) -> str:
    """A statement's conditions as the end of a sentence: `` with StringEquals aws:SourceVpc``, or nothing."""
    named = [name for _, name in _judged(statement.get("Condition"), {})]
    return f" with {', '.join(named)}" if named else ""


def _judged(conditions: object, context: Context) -> Iterator[tuple[bool | None, str]]:
    for operator, keys in conditions.items() if isinstance(conditions, dict) else ():
        for key, patterns in keys.items():
            found = [str(each) if not isinstance(each, bool) else str(each).lower() for each in listed(patterns)]
            yield _met(operator.lower(), found, context.get(key.lower())), f"{operator} {key}"


def _met(operator: str, patterns: list[str], values: Values | None) -> bool | None:
    """Whether one key meets one operator; None without the key's values, or for what cannot be compared here."""
    every, any_one = operator.startswith("forallvalues:"), operator.startswith("foranyvalue:")
    operator = operator.rpartition(":")[2]
    if values is None or any("${" in each for each in patterns):
        return None
    if operator == "null":
        return str(not values).lower() in [each.lower() for each in patterns]
    named = operator.removesuffix("ifexists")
    test = TESTS.get(named.replace("not", "", 1))
    if test is None:
        return None
    negated = "not" in named
    if not values:
        return every or named != operator or (negated and not any_one)
    hits = [any(test(value, pattern) for pattern in patterns) != negated for value in values]
    return all(hits) if every else any(hits)


def _like_arn(value: str, pattern: str) -> bool:
    """ARNs are compared part by part, so that no wildcard reaches over a colon of the first five."""
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(matches, patterns, parts))


def _reaches(value: str, network: str) -> bool:
    """Whether a network has every address: of that of a request no more is ever known than that it has one."""
    try:
        return bool(value) and ip_network(network, strict=False).prefixlen == 0
    except ValueError:
        return False


TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "arnequals": _like_arn,
    "arnlike": _like_arn,
    "bool": lambda value, pattern: value.lower() == pattern.lower(),
    "ipaddress": _reaches,
    "stringequals": lambda value, pattern: value == pattern,
    "stringequalsignorecase": lambda value, pattern: value.lower() == pattern.lower(),
    "stringlike": lambda value, pattern: matches(pattern, value),
}
"""Whether a value meets a pattern, by operator. Numbers and dates are not compared: no known key has one."""
