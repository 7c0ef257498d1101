"""Findings: what is wrong with a request, or worth knowing about a connection, each under a stable code.

A check only yields findings; `refuse` ends the run if one of them blocks.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from private_connection.contracts import Contract
from private_connection.errors import ClusterUnusable, InvalidRequest, NotOurs, QuotaExceeded, Terminal
from private_connection.request.codes import BLOCKING, CODES, Level

ERRORS: Final[Sequence[type[Terminal]]] = (NotOurs, ClusterUnusable, InvalidRequest, QuotaExceeded)
"""The errors that a blocked run may end in. If its findings stand for several, the first in this order is raised."""
TOLD_AT_MOST: Final = 20
"""Findings that an error names one by one; the others are counted."""
SHOWN_AT_MOST: Final = 80
"""Characters of what a user wrote, a value or a key."""


class Finding(Contract):
    """What was found at one field of a request, what was expected, and what to do about it."""

    code: str
    level: Level
    field: str
    found: str
    expected: str
    remedy: str

    @property
    def message(self) -> str:
        return f"found {self.found}; expected {self.expected}"

    def __str__(self) -> str:
        return f"{self.field}: {self.message}; remedy: {self.remedy} [{self.code}]"


def finding(code: str, field: str, found: str, expected: str, remedy: str) -> Finding:
    """A finding of the level that its code has. Raises `KeyError` for a code that `CODES` does not list."""
    return Finding(code=code, level=CODES[code].level, field=field, found=found, expected=expected, remedy=remedy)


def absent(code: str, field: str, value: str, expected: str) -> Finding:
    """The finding that something which a request names does not exist."""
    found = f"{shown(value)}, which does not exist"
    return finding(code, field, found, f"{expected} of this Region and account", "correct it, or create it first")


def cluster_differs(cluster_id: str, setting: str, has: object, wanted: object) -> Finding:
    """The finding that a cluster of ours has another setting than ``create`` asks for."""
    return finding(
        "CLUSTER_DIFFERS",
        f"cluster.create.{setting}",
        shown(wanted),
        f"{shown(has)}, which cluster {cluster_id} has: an existing cluster is never modified",
        "ask for what it has, leave cluster.create out to connect it as it is, or name another cluster",
    )


def blocks(each: Finding, acknowledged: Collection[str] = ()) -> bool:
    """Whether a finding ends the run. An error that the request acknowledges does not, a refusal does all the same."""
    return each.level == "refusal" or (each.level in BLOCKING and each.code not in acknowledged)


def refuse(findings: Iterable[Finding], acknowledged: Collection[str] = ()) -> None:
    """Raises the first of `ERRORS` that a finding which blocks stands for, naming every one, if there is one.

    ``acknowledged`` are the codes of which the request says that they shall not block, where they are errors.
    """
    blocking = [each for each in findings if blocks(each, acknowledged)]
    kinds = {CODES[each.code].error for each in blocking}
    for error in ERRORS:
        if error in kinds:
            raise error("validating request: " + " | ".join(_told(blocking)))


def _told(findings: Sequence[Finding]) -> Iterator[str]:
    yield from map(str, findings[:TOLD_AT_MOST])
    if len(findings) > TOLD_AT_MOST:
        yield f"and {len(findings) - TOLD_AT_MOST} more; correct these first"


def shown(value: object) -> str:
    """A value as the user wrote it, cut after 80 characters."""
    return _cut(json.dumps(value, ensure_ascii=False))


def shown_key(key: str) -> str:
    """A key as the user wrote it, without its quotes, cut likewise."""
    return _cut(json.dumps(key, ensure_ascii=False)[1:-1])


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_AT_MOST else f"{text[: SHOWN_AT_MOST - 3]}..."
