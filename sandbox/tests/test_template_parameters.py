"""A parameter's value is taken or refused as CloudFormation does before it makes anything."""

from typing import Any

import pytest

from sandbox.deployment.parameters import problems
from sandbox.deployment.resolver import Resolver, TemplateError

NUMBER = {"Type": "Number", "Default": 5, "MinValue": 2, "MaxValue": 9}
DAYS = {"Type": "Number", "Default": 7, "AllowedValues": [1, 3, 7]}
TEXT = {"Type": "String", "MinLength": 2, "MaxLength": 4, "AllowedPattern": "[a-z]*"}


@pytest.mark.parametrize(
    ("declared", "value", "found"),
    [
        (NUMBER, "2", []),
        (NUMBER, "9", []),
        (NUMBER, "1", ["MinValue is 2"]),
        (NUMBER, "9.5", ["MaxValue is 9"]),
        (NUMBER, "x", ["it is no number"]),
        (DAYS, "3", []),
        (DAYS, "4", ["AllowedValues are 1, 3, 7"]),
        (TEXT, "ab", []),
        (TEXT, "a", ["MinLength is 2"]),
        (TEXT, "abcde", ["MaxLength is 4"]),
        (TEXT, "abC", ["AllowedPattern is [a-z]*"]),
        ({"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]"}, "a, b", []),
        ({"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]"}, "a, B", ["AllowedPattern is [a-z]"]),
        ({"Type": "String"}, "whatever", []),
    ],
)
def test_constraints(declared: dict[str, Any], value: str, found: list[str]) -> None:
    told = list(problems("It", declared, value))
    assert [each.partition(": ")[2] for each in told] == found
    assert all(each.startswith("the parameter It may not be ") for each in told)


def test_a_deployment_with_such_a_value_is_refused() -> None:
    source = {"Parameters": {"Seconds": NUMBER, "Days": DAYS}}
    with pytest.raises(TemplateError, match=r"Seconds may not be '1': MinValue is 2.*Days may not be '2'"):
        Resolver(source, "us-east-1", {"Seconds": "1", "Days": "2"})
