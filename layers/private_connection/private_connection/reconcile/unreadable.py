"""Items of the registry that cannot be read, as a sweep tells of them: by name, in a finding, and as a number. Pure.

They have no drift: nobody knows what their connections should be like.
"""

from collections.abc import Collection
from typing import Any, Final

from private_connection.contracts import Contract
from private_connection.handoff import ReportedFinding, reported
from private_connection.registry.entries import SCHEMA, SWEEP
from private_connection.request.findings import finding

NAMED_AT_MOST: Final = 50
"""Items that cannot be read and are named. More than a few are one mistake."""
TOLD_AT_MOST: Final = 10
"""Of these, how many the finding names, which is read by people."""


class Unreadable(Contract):
    unreadable: tuple[str, ...]
    """The names of connections whose items cannot be read, as many as have room."""
    records_unreadable: int
    """How many there are."""
    findings: tuple[ReportedFinding, ...]
    """`RECORD_UNREADABLE` if there are any, as nobody looks at these connections, and if it is the sweeps' own item."""


def told_unreadable(names: Collection[str], unread: str | None = None) -> dict[str, Any]:
    """The fields of `Unreadable` for the items of these connections. ``unread`` says why that of the sweeps was one."""
    ordered = sorted(names)
    findings = (*([_finding(ordered)] if ordered else ()), *([_of_sweeps(unread)] if unread is not None else ()))
    return {
        "unreadable": tuple(ordered[:NAMED_AT_MOST]),
        "records_unreadable": len(ordered),
        "findings": findings,
    }


def _finding(names: list[str]) -> ReportedFinding:
    more = f" and {len(names) - TOLD_AT_MOST} more" if len(names) > TOLD_AT_MOST else ""
    return reported(
        finding(
            "RECORD_UNREADABLE",
            "connection",
            f"{', '.join(names[:TOLD_AT_MOST])}{more}, whose items in the registry this deployment cannot read",
            f"items of the form that it writes (schema {SCHEMA}): these connections are not looked at",
            "deploy the version that wrote them, restore them (runbook, Restore the registry), or delete them and "
            "provision again",
        )
    )


def _of_sweeps(why: str) -> ReportedFinding:
    return reported(
        finding(
            "RECORD_UNREADABLE",
            "connection",
            f"{SWEEP}, the sweeps' own item in the registry, which this deployment could not read: {why}",
            f"an item of the form that it writes (schema {SCHEMA}): it was replaced, and the sweeps go on from the "
            f"first node",
            "nothing, unless it comes again: then something else writes to the table, such as another version",
        )
    )
