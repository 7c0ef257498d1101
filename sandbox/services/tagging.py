"""What each service refuses of the tags in a request: characters, reserved keys, lengths, keys given twice, too many.

Sources: the services' API references (Tag, and the errors of the operations that take tags); EC2 User Guide, "Tag
restrictions" (any character, keys of 127); Elastic Load Balancing guide, tag restrictions (no space at either end, and
no value that begins like AWS's own keys: whether its API refuses them is not documented, so here it does); IAM User
Guide, "Rules for tagging" (keys are the same whatever their case); ElastiCache User Guide, "Tag restrictions". The
messages are ours.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

LIMIT: Final = 50
"""Tags on a resource, in all four services."""
NARROW: Final = re.compile(r"[\w .:/=+@-]*")
"""Letters and digits of any language, spaces and the characters that are listed."""


OPERATIONS: Final = ("Add", "Authorize", "Create", "Tag")
"""How the operations that take tags begin."""


@dataclass(frozen=True)
class Rules:
    invalid: str
    """The code for a tag that is not valid."""
    too_many: str
    twice: str
    """The code for a key that is given twice."""
    longest_key: int = 128
    narrow: bool = True
    """Whether not every character is taken."""
    ignores_case: bool = False
    strict: bool = False
    """Whether neither spaces at an end nor values that begin with ``aws:`` are taken."""


SERVICES: Final[Mapping[str, Rules]] = {
    "ec2": Rules("InvalidParameterValue", "TagLimitExceeded", "InvalidParameterValue", longest_key=127, narrow=False),
    "elasticache": Rules("InvalidParameterValue", "TagQuotaPerResourceExceeded", "InvalidParameterValue"),
    "elbv2": Rules("ValidationError", "TooManyTags", "DuplicateTagKeys", strict=True),
    "iam": Rules("ValidationError", "LimitExceeded", "InvalidInput", ignores_case=True),
}


def refusal(service: str, parameters: Mapping[str, Any]) -> tuple[str, str] | None:
    """Code and message, if the service refuses the tags of a request."""
    rules = SERVICES.get(service)
    if rules is None:
        return None
    for tags in _given(parameters):
        keys = [key for key, _ in tags]
        wrong = next((each for each in tags if not _is_valid(*each, rules)), None)
        if wrong is not None:
            return rules.invalid, f"The tag {wrong[0]!r} with the value {wrong[1]!r} is not valid."
        if len({key.lower() if rules.ignores_case else key for key in keys}) < len(keys):
            return rules.twice, "A tag key is given twice."
        if len(keys) > LIMIT:
            return rules.too_many, f"A resource can have {LIMIT} tags."
    return None


def _given(parameters: Mapping[str, Any]) -> Iterator[list[tuple[str, str]]]:
    """The tags of each resource that the request tags."""
    specified = parameters.get("TagSpecifications") or []
    for pairs in (parameters.get("Tags") or [], *(each.get("Tags") or [] for each in specified)):
        yield [(str(pair["Key"]), str(pair.get("Value") or "")) for pair in pairs if "Key" in pair]


def _is_valid(key: str, value: str, rules: Rules) -> bool:
    fits = 1 <= len(key) <= rules.longest_key and len(value) <= 256
    is_taken = not rules.narrow or all(NARROW.fullmatch(each) for each in (key, value))
    is_meant = not rules.strict or (key == key.strip() and value == value.strip() and not _is_reserved(value))
    return fits and is_taken and is_meant and not _is_reserved(key)


def _is_reserved(text: str) -> bool:
    return text.lower().startswith("aws:")
