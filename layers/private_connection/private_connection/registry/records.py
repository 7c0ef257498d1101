"""The steps that write down what becomes of a connection: Record connection, Record teardown, Release connection."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.errors import ConnectionBusy
from private_connection.handoff import Handoff, ReportedFinding, changes_between
from private_connection.metrics import count
from private_connection.notices.remembered import told_findings
from private_connection.notices.telling import tell
from private_connection.registry import repair_runs, run_notices
from private_connection.registry.entries import Entry, Holder, JsonObject, LastRun, Outcome, Status, former_wishes
from private_connection.registry.replaced import record_of, taken_back
from private_connection.registry.sightings import FORGOTTEN
from private_connection.registry.table import change_entry, find_entry, now, written
from private_connection.registry.takeovers import failed
from private_connection.request.models import ConnectionRequest


class RecordConnection(Contract):
    connection: ConnectionName
    maker: str
    request: ConnectionRequest
    handoff: Handoff


def record_connection(request: RecordConnection) -> Handoff:
    """Records the connection as READY, with what was asked for and the hand-off. From then on it is not rolled back.

    Returns the hand-off with what has changed since the last one, and tells of it. Recording again is the same record,
    and returns and tells the same. Raises `ConnectionBusy` for a run that does not hold the connection any more.
    """
    asked = request.request.model_dump(mode="json", by_alias=True)

    def recorded(entry: Entry, holder: Holder) -> Entry:
        if entry.last_run is not None and entry.last_run.records(holder):
            return entry
        handoff = _with_changes(request.handoff, entry.handoff).model_dump(mode="json", by_alias=True)
        told = {"status": "READY", "request": asked, "handoff": handoff, "findings": tuple(handoff["findings"])}
        last = holder.ended("READY")
        repairs = repair_runs.recorded(entry, holder)
        left = {"replaced": record_of(entry), "repairs": repairs, **former_wishes(entry, request.request)}
        if entry.findings_told is None:  # the notice of a first record tells them all
            left["findings_told"] = told_findings(handoff["findings"])
        return entry.model_copy(update={**told, "last_run": last, "kept": None, "modifying_since": None, **left})

    entry = _record(request.connection, request.maker, recorded)
    tell(list(run_notices.of_record(entry, _required(entry, request.maker))))
    return Handoff.model_validate_json(json.dumps(entry.handoff))


def _with_changes(handoff: Handoff, former: JsonObject | None) -> Handoff:
    present = {each.node: each.service_name for each in handoff.endpoints}
    return handoff.model_copy(update={"changes": tuple(changes_between(_services(former), present))})


def _services(handoff: JsonObject | None) -> dict[str, str]:
    """The service name of each node in a recorded hand-off."""
    endpoints: Any = handoff["endpoints"] if handoff else ()
    return {each["node"]: each["serviceName"] for each in endpoints}


class RecordTeardown(Contract):
    connection: ConnectionName
    maker: str


def record_teardown(request: RecordTeardown) -> Done:
    """Records, before the first change, that the connection is being torn down.

    Recording again is the same record. Raises `ConnectionBusy` for a run that does not hold the connection any more.
    """
    recorded = {"status": "TEARING_DOWN"}
    _record(request.connection, request.maker, lambda entry, _: entry.model_copy(update=recorded))
    return Done()


def _record(connection: str, maker: str, recorded: Callable[[Entry, Holder], Entry]) -> Entry:
    def change(entry: Entry) -> Entry:
        wanted = recorded(entry, _required(entry, maker))
        return entry if wanted == entry else wanted.model_copy(update={"revision": entry.revision + 1})

    return change_entry(connection, change, find_entry(connection))


def _required(entry: Entry, maker: str) -> Holder:
    """The holder, which has to be the run with this maker."""
    if entry.holder is not None and entry.holder.maker == maker:
        return entry.holder
    by = f"execution {entry.holder.execution} does" if entry.holder else "nobody does"
    raise ConnectionBusy(
        f"recording connection ({entry.connection}): this run does not hold it any more, {by}: it was taken for dead"
    )


class ReleaseConnection(Contract):
    connection: ConnectionName
    maker: str
    outcome: Outcome
    error: str | None
    finished: tuple[str, ...] = ()
    """The makers of which everything was removed that was theirs."""
    findings: tuple[ReportedFinding, ...] = ()
    """What a run that was recorded could not withdraw."""


def release_connection(request: ReleaseConnection) -> Done:
    """Takes the run off the connection's item, as its holder or as its worker, writes down how it ended, and tells it.

    Does nothing for a run that stands on no item. An item that says nothing then is deleted: that of a connection which
    a run was asked for in vain. A rollback that left something is counted in a metric.
    """
    seen = find_entry(request.connection)
    if seen is not None:
        entry = change_entry(request.connection, lambda entry: _released(entry, request), seen)
        tell(list(run_notices.of_release(entry, _ended(seen, entry, request))))
    if request.outcome == "ROLLBACK_INCOMPLETE":
        count("RollbacksIncomplete", 1)
    return Done()


def _ended(seen: Entry, entry: Entry, request: ReleaseConnection) -> LastRun | None:
    """The run that this release is of, as it ended; null if it did not hold the connection."""
    if seen.holder is not None and seen.holder.maker == request.maker:
        return _last_run(seen, seen.holder, request)
    return entry.last_run if entry.last_run is not None and entry.last_run.maker == request.maker else None


def _released(entry: Entry, request: ReleaseConnection) -> Entry | None:
    left = {maker: moment for maker, moment in entry.unfinished.items() if maker not in request.finished}
    holder = entry.holder
    if entry.worker is not None and entry.worker.maker == request.maker:
        released = entry.model_copy(update={"worker": None, "unfinished": left})
    elif holder is not None and holder.maker == request.maker:
        released = _of_holder(entry.model_copy(update={"holder": None, "unfinished": left}), holder, request)
    else:
        return entry
    says = released.holder or released.worker or released.status or released.unfinished
    return released if says else None


def _of_holder(entry: Entry, holder: Holder, request: ReleaseConnection) -> Entry:
    own = {request.maker: written(now())} if request.outcome == "ROLLBACK_INCOMPLETE" else {}
    released = entry.model_copy(
        update={
            "unfinished": own | entry.unfinished,
            "status": _status(entry, holder, request.outcome),
            "last_run": _last_run(entry, holder, request),
            "kept": None if request.outcome == "TORN_DOWN" else entry.kept,
            "former_tags": () if _is_all_withdrawn(request) else entry.former_tags,
            "replaced": None,
            "repairs": entry.repairs if request.outcome == "READY" else repair_runs.unsuccessful(entry, holder),
            **(FORGOTTEN if request.outcome == "TORN_DOWN" else {}),
            **(_with_findings(entry, request.findings) if request.outcome == "READY" and request.findings else {}),
            **(taken_back(entry) if _never_heard(entry, holder, request.outcome) else {}),
        }
    )
    return released.model_copy(update=run_notices.findings_told(released))


def _is_all_withdrawn(request: ReleaseConnection) -> bool:
    left = any(each.code == "SURPLUS_LEFT" for each in request.findings)
    return request.outcome == "TORN_DOWN" or (request.outcome == "READY" and not left)


def _never_heard(entry: Entry, holder: Holder, outcome: Outcome) -> bool:
    """Whether the run was recorded and does not know it, so that it has rolled back."""
    return entry.last_run is not None and entry.last_run.records(holder) and outcome != "READY"


def _with_findings(entry: Entry, findings: Sequence[ReportedFinding]) -> dict[str, Any]:
    """The findings of a recorded run, and of its withdrawal, which came after the record."""
    told = (*entry.findings, *(each.model_dump(mode="json", by_alias=True) for each in findings))
    return {"findings": told, "handoff": entry.handoff and {**entry.handoff, "findings": list(told)}}


def _status(entry: Entry, holder: Holder, outcome: Outcome) -> Status | None:
    if outcome in ("REFUSED", "TORN_DOWN"):
        return holder.former if outcome == "REFUSED" else "TORN_DOWN"
    if _never_heard(entry, holder, outcome) and holder.former != "READY":
        return "FAILED"
    return failed(entry.status)


def _last_run(entry: Entry, holder: Holder, request: ReleaseConnection) -> LastRun | None:
    """The run that is released, unless its record stands there, or it finished another one, which does."""
    if holder.machine == "recover" or request.outcome == "READY":
        return entry.last_run
    status = request.outcome if request.outcome in ("TORN_DOWN", "REMOVED") else "FAILED"
    return holder.ended(status, request.error)
