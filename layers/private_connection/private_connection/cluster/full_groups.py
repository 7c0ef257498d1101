"""Remedies: what helps where a security group has no room for the rules that a run adds. Pure."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from private_connection.errors import QuotaExceeded

ROOM_FOR_RULES: Final = (
    "ask Service Quotas for more inbound rules per security group, remove rules that nobody needs, or admit these "
    "ranges on the node port by a rule for a wider one, which is used then; a rule for a prefix list counts as many as "
    "the list may have entries"
)
"""How prefix lists count: VPC User Guide, "Prefix lists concepts and rules"."""


def of_lists(lists: int) -> str:
    """What is to be said beside a number of rules of which so many are for prefix lists."""
    return f", {lists} of them for prefix lists, which count as many as the list may have entries" if lists else ""


@contextmanager
def room_remedied(ranges: str) -> Iterator[None]:
    """Adds to AWS's refusal for want of room for which ranges rules were to be made, and what can be done about it."""
    try:
        yield
    except QuotaExceeded as error:
        raise QuotaExceeded(f"{error}; rules were to be added for {ranges}; remedy: {ROOM_FOR_RULES}") from error
