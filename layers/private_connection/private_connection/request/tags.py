"""Tags of the user's: those of the request over those of the deployment, and what AWS does not take. Pure.

EC2 takes any character. Elastic Load Balancing, IAM and ElastiCache take letters, digits, spaces and ``_.:/=+-@`` (API
references, Tag; ElastiCache User Guide, "Tag restrictions"), and no space at either end (Elastic Load Balancing guide,
tag restrictions). Keys that begin with ``aws:`` are AWS's own, and Elastic Load Balancing takes no value that does, in
any case of its letters (the same page). Keys that differ in case only are the same to IAM (IAM User Guide, "Rules for
tagging"), and so they are here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from private_connection.ownership import CONNECTION
from private_connection.request.findings import Finding, finding, shown, shown_key
from private_connection.request.models import TAGS_AT_MOST

AWS: Final = "aws:"
RESERVED: Final = (AWS, CONNECTION)
TAKEN: Final = re.compile(r"([\w.:/=+@-]([\w .:/=+@-]*[\w.:/=+@-])?)?")
"""Letters and digits of any language."""


def combined(deployment: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    """The tags of the deployment, with those of the request over them, whatever the case of their keys."""
    named = {key.lower() for key in asked}
    return {key: value for key, value in deployment.items() if key.lower() not in named} | dict(asked)


def left_out(former: Iterable[str], asked: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of a former request that are not asked for any more, in order; never one that is AWS's or ours."""
    return tuple(sorted(key for key in former if key not in asked and not key.lower().startswith(RESERVED)))


def unfit_tags(field: str, tags: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each tag that AWS would refuse, or that is ours to give."""
    seen: dict[str, str] = {}
    for key, value in tags.items():
        place, other = f"{field}.{shown_key(key)}", seen.setdefault(key.lower(), key)
        if key.lower().startswith(RESERVED):
            expected = f"a key that begins with neither {' nor '.join(RESERVED)}"
            yield finding("TAG_RESERVED", place, shown(key), expected, "take another key")
        if value.lower().startswith(AWS):
            expected = f"a value that does not begin with {AWS}, which Elastic Load Balancing refuses"
            yield finding("TAG_RESERVED", place, f"{shown(key)} with {shown(value)}", expected, "take another value")
        if not TAKEN.fullmatch(key) or not TAKEN.fullmatch(value):
            expected = "letters, digits, spaces within, and any of _.:/=+-@ in key and value"
            yield finding(
                "TAG_CHARACTERS", place, f"{shown(key)} with {shown(value)}", expected, "leave the others out"
            )
        if other != key:
            expected = "keys that differ in more than case: IAM takes these for the same"
            yield finding(
                "TAG_KEYS_ALIKE", place, f"{shown(key)} beside {shown(other)}", expected, "remove one of them"
            )


def too_many_tags(tags: Mapping[str, str]) -> Iterator[Finding]:
    if len(tags) > TAGS_AT_MOST:
        found, expected = f"{len(tags)} with those of the parameter DefaultTags", f"at most {TAGS_AT_MOST}"
        yield finding("TOO_MANY_TAGS", "tags", found, expected, "leave some out, here or in the deployment")
