"""Looks that AWS refuses, as a sweep tells of them. What it does not show says nothing of other connections. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from private_connection.errors import Terminal
from private_connection.failures import ExplainedFailure

CAUSE_LIMIT: Final = 1000
"""Characters of what AWS says to a look that it refuses, as in the causes of batches that fail."""


def refused(looks: Iterable[tuple[str, Terminal]]) -> Iterator[ExplainedFailure]:
    """The first of these as the failure that a sweep ends with, with the number of the others; nothing of none.

    Each is the name of a connection, and why AWS refused a look at it.
    """
    every = list(looks)
    for name, why in every[:1]:
        more = f" (and {len(every) - 1} more)" if len(every) > 1 else ""
        cause = f"looking at connection ({name}): {why}"[: CAUSE_LIMIT - len(more)] + more
        yield ExplainedFailure(error=type(why).__name__, cause=cause)
