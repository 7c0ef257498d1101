"""Condition operators: whether a request's context meets the Condition of a statement.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Multivalued context keys" and "Conditions with
multiple context keys or values". All keys of all operators have to match, and of a key's values one. A key that the
request does not have matches a negated operator, ...IfExists and ForAllValues, and no other. What is not known here
(an operator, a key, a policy variable) is refused, because a condition that is not understood would be taken for one
that is met, or for one that never is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.authorization.patterns import as_arn, as_text

Context = Mapping[str, str | list[str]]
Test = Callable[[str], bool]

OPERATORS: Final[Mapping[str, Callable[[str], Test]]] = {
    "ArnEquals": as_arn,
    "ArnLike": as_arn,
    "Bool": lambda expected: lambda value: value.lower() == expected.lower(),
    "StringEquals": lambda expected: lambda value: value == expected,
    "StringEqualsIgnoreCase": lambda expected: lambda value: value.lower() == expected.lower(),
    "StringLike": as_text,
}
NEGATED: Final = {"ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"}
NAMED: Final = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?")
KEYS: Final = re.compile(
    r"(aws|iam):ResourceTag/.+|aws:RequestTag/.+|aws:(TagKeys|RequestedRegion|PrincipalArn|PrincipalAccount)|ec2:Region|"
    r"aws:(PrincipalOrgID|MultiFactorAuthPresent)|sts:(ExternalId|RoleSessionName)|"
    r"aws:Source(Account|Arn|Owner)|events:(source|detail-type)|"
    r"(ec2|elasticloadbalancing):CreateAction|iam:(PermissionsBoundary|AWSServiceName)|"
    r"kms:(GrantIsForAWSResource|ViaService)|dynamodb:(EnclosingOperation|LeadingKeys|ReturnValues|Select)",
    re.IGNORECASE,
)
"""The keys that the account supplies, where AWS does. No account is of an organization, and nobody has signed in with
a second factor, so that those two keys are never there (IAM User Guide, "AWS global condition context keys").
"""
MULTIVALUED: Final = ("aws:tagkeys", "dynamodb:leadingkeys", "events:detail-type", "events:source")
"""The Service Authorization Reference has them as ArrayOfString, also those of which a request has one value."""


class PolicyError(ValueError):
    """A policy that IAM would not accept, or that is not understood here."""


@dataclass(frozen=True)
class Condition:
    """One key under one operator."""

    key: str
    tests: Sequence[Test]
    negated: bool = False
    quantifier: str | None = None
    if_exists: bool = False

    def met(self, context: Mapping[str, Sequence[str]]) -> bool:
        """The context's keys are in lower case: IAM does not distinguish them."""
        values = context.get(self.key)
        if not values:
            return self.quantifier == "ForAllValues" or self.if_exists or (self.negated and self.quantifier is None)
        every = all if self.quantifier == "ForAllValues" else any
        return every(any(test(value) for test in self.tests) != self.negated for value in values)


@dataclass(frozen=True)
class Null:
    """Whether a key is absent, or is not."""

    key: str
    absent: bool

    def met(self, context: Mapping[str, Sequence[str]]) -> bool:
        return (not context.get(self.key)) == self.absent


def conditions(block: Mapping[str, Mapping[str, Any]]) -> list[Condition | Null]:
    """The conditions of a statement. Raises PolicyError for one that is not understood."""
    return [_condition(name, key, _texts(value)) for name, keys in block.items() for key, value in keys.items()]


def comparable(context: Context) -> dict[str, Sequence[str]]:
    return {key.lower(): [value] if isinstance(value, str) else value for key, value in context.items()}


def _condition(name: str, key: str, expected: list[str]) -> Condition | Null:
    if not KEYS.fullmatch(key):
        raise PolicyError(f"a policy asks for {key}, which the sandbox does not supply")
    if name == "Null":
        return Null(key.lower(), absent=expected == ["true"])
    found = NAMED.fullmatch(name)
    quantifier, operator, if_exists = found.groups() if found else (None, name, None)
    negated = operator in NEGATED
    compare = OPERATORS.get(operator.replace("Not", "", 1) if negated else operator)
    if compare is None:
        raise PolicyError(f"a policy has the operator {name}, which the sandbox does not evaluate")
    if key.lower() in MULTIVALUED and quantifier is None:
        raise PolicyError(f"a policy compares {key}, which has several values, without ForAllValues or ForAnyValue")
    return Condition(key.lower(), [compare(each) for each in expected], negated, quantifier, bool(if_exists))


def _texts(value: object) -> list[str]:
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in _listed(value)]
    variable = next((each for each in texts if "${" in each), None)
    if variable is not None:
        raise PolicyError(f"a policy has the variable {variable}, which the sandbox does not evaluate")
    return texts


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
