"""What a connection's item remembers of its repairs: when each began, what for, and whether it failed.

The sweep judges by it when the next repair may begin. A run that somebody else asked for and that is recorded ends the
memory, because it has put everything right.
"""

from typing import Final

from private_connection.registry.entries import Entry, RepairRun, Run
from private_connection.request.models import Repair

REMEMBERED: Final = 20
"""Repairs on an item. More say nothing new: a repair that fails is due once a day long before that."""


def begun(entry: Entry, run: Run, repair: Repair | None) -> tuple[RepairRun, ...]:
    """The repairs once this run holds the connection; null is one that repairs nothing."""
    if repair is None:
        return entry.repairs
    begins = RepairRun(execution=run.execution, at=run.since, drift=repair.drift)
    return (*entry.repairs, begins)[-REMEMBERED:]


def recorded(entry: Entry, run: Run) -> tuple[RepairRun, ...]:
    """The repairs once this run has recorded the connection as READY."""
    return entry.repairs if find_repair(entry, run) else ()


def unsuccessful(entry: Entry, run: Run) -> tuple[RepairRun, ...]:
    """The repairs once this run has ended without success."""
    return tuple(each.model_copy(update={"failed": True}) if _is(each, run) else each for each in entry.repairs)


def find_repair(entry: Entry, run: Run) -> RepairRun | None:
    """The repair that this run is; null of one that repairs nothing."""
    return next((each for each in entry.repairs if _is(each, run)), None)


def is_failing(entry: Entry) -> bool:
    """Whether the last repair that has ended failed, also while another run works on the connection."""
    ended = [each for each in entry.repairs if entry.holder is None or not _is(each, entry.holder)]
    return bool(ended) and ended[-1].failed


def _is(repair: RepairRun, run: Run) -> bool:
    """By the moment too: Step Functions lets a name be used again after 90 days (API reference, StartExecution)."""
    return (repair.execution, repair.at) == (run.execution, run.since)
