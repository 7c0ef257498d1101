"""Whether a template's parameter may have a value, as CloudFormation decides before it makes anything.

CloudFormation User Guide, "CloudFormation template Parameters syntax": AllowedValues, AllowedPattern, MinValue,
MaxValue, MinLength and MaxLength. A pattern has to match the whole value; each value of a list is matched by itself.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def problems(name: str, declared: Mapping[str, Any], value: str) -> Iterator[str]:
    """What CloudFormation would refuse of this value, one text for each constraint that it breaks."""
    is_list = declared["Type"] in ("CommaDelimitedList", "List<Number>")
    for each in [part.strip() for part in value.split(",")] if is_list else [value]:
        yield from (f"the parameter {name} may not be {each!r}: {problem}" for problem in _broken(declared, each))


def _broken(declared: Mapping[str, Any], value: str) -> Iterator[str]:
    allowed, pattern = declared.get("AllowedValues"), declared.get("AllowedPattern")
    if allowed is not None and value not in map(str, allowed):
        yield f"AllowedValues are {', '.join(map(str, allowed))}"
    if pattern is not None and re.fullmatch(pattern, value) is None:
        yield f"AllowedPattern is {pattern}"
    length = {"MinLength": len(value), "MaxLength": len(value)}
    yield from _beyond(declared, length)
    if declared["Type"] in ("Number", "List<Number>"):
        number = _number(value)
        if number is None:
            yield "it is no number"
        else:
            yield from _beyond(declared, {"MinValue": number, "MaxValue": number})


def _beyond(declared: Mapping[str, Any], found: Mapping[str, float]) -> Iterator[str]:
    for constraint, value in found.items():
        limit = declared.get(constraint)
        if limit is not None and (value < float(limit) if constraint.startswith("Min") else value > float(limit)):
            yield f"{constraint} is {limit}"


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
