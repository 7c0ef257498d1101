"""What is told of a run: when it has recorded its connection, when it lets go of it, and when it is found dead.

It is made of the item as it was written. So a step that is repeated tells the same again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from private_connection.handoff import Handoff
from private_connection.notices.events import (
    Death,
    DriftRepaired,
    Failed,
    FindingsChanged,
    Notice,
    Origin,
    Ready,
    ServiceNameChanged,
    TornDown,
    told_endpoints,
)
from private_connection.notices.remembered import ToldFinding, told_findings
from private_connection.registry.entries import Entry, Holder, LastRun
from private_connection.registry.executions import REFUSED, UNKNOWN
from private_connection.registry.repair_runs import find_repair
from private_connection.registry.table import now, written

DEAD: Final[Mapping[str, Death]] = {
    "FAILED": "FAILED",
    "ABORTED": "ABORTED",
    "TIMED_OUT": "TIMED_OUT",
    UNKNOWN: "UNKNOWN",
    REFUSED: "UNKNOWN",
}
"""How a run has ended that is told of as failed."""


def of_record(entry: Entry, holder: Holder) -> Iterator[Notice]:
    """What this run has made, as its item says, and the service names that have to be changed in the portal."""
    handoff = Handoff.model_validate_json(json.dumps(entry.handoff))
    origin = _origin(entry, holder)
    repair = find_repair(entry, holder)
    told: dict[str, Any] = {
        "cluster_id": handoff.cluster_id,
        "findings": told_findings(entry.findings),
        "changes": handoff.changes,
        "endpoints": told_endpoints(handoff),
    }
    yield (
        Ready(**origin.of(Ready), **told)
        if repair is None
        else DriftRepaired(**origin.of(DriftRepaired), **told, drift=repair.drift)
    )
    changed = tuple(each for each in handoff.changes if each.change == "changed")
    if changed:
        yield ServiceNameChanged(**origin.of(ServiceNameChanged), changes=changed)


def of_release(entry: Entry, last: LastRun | None) -> Iterator[Notice]:
    """How a run has ended that let go of its connection, by the item after that; null is one that did not."""
    if last is not None:
        yield from _of_last(entry, last)
        yield from _of_findings(entry, last)


def of_death(entry: Entry, last: LastRun | None) -> Iterator[Notice]:
    """That a run has failed which another one has found dead; null is one of which nothing has to be told."""
    if last is not None and last.status in DEAD:
        yield from _of_last(entry, last)


def findings_told(entry: Entry) -> dict[str, tuple[ToldFinding, ...] | None]:
    """What notices have said of an item's findings, and had before, when its holder lets go of it."""
    if entry.status == "TORN_DOWN":
        return {"findings_told": None, "findings_before": None}
    if entry.last_run is None or entry.last_run.status != "READY":
        return {}
    return {"findings_told": told_findings(entry.findings), "findings_before": entry.findings_told}


def _of_last(entry: Entry, last: LastRun) -> Iterator[Notice]:
    origin = _origin(entry, last)
    if last.status in DEAD:
        yield Failed(
            **origin.of(Failed),
            machine=last.machine,
            status=DEAD[last.status],
            error=last.error,
            is_ready=entry.status == "READY",
        )
    elif last.status == "TORN_DOWN":
        yield TornDown(**origin.of(TornDown))


def _of_findings(entry: Entry, last: LastRun) -> Iterator[Notice]:
    """What is new about the findings since they were last told. The run's withdrawal may have added some."""
    if last.status != "READY" or entry.findings_before is None or entry.findings_told is None:
        return
    told, present = _by_key(entry.findings_before), _by_key(entry.findings_told)
    if told.keys() != present.keys():
        yield FindingsChanged(
            **_origin(entry, last).of(FindingsChanged, *sorted(present)),
            found_by="run",
            findings=tuple(present.values()),
            added=tuple(present[key] for key in present if key not in told),
            gone=tuple(told[key] for key in told if key not in present),
        )


def _by_key(findings: Iterable[ToldFinding]) -> dict[tuple[str, str | None], ToldFinding]:
    return {(each.code, each.field): each for each in findings}


def _origin(entry: Entry, run: Holder | LastRun) -> Origin:
    """An item that is gone does not say when it was changed."""
    return Origin(entry.connection, run.execution, run.maker, entry.changed_at or written(now()))
