"""The step Claim connection: one run works on a connection at a time.

The claim is an attribute of the connection's item. Whoever finds it taken asks Step Functions after the run that holds
it, and takes the claim over if that one is dead (`takeovers`).
"""

from collections.abc import Iterator
from typing import Final

from private_connection.contracts import ConnectionName, Contract, Former
from private_connection.errors import ConnectionBusy, Overtaken
from private_connection.notices.telling import tell
from private_connection.registry.entries import Entry, Holder, LastRun, Machine, Run, tags_before
from private_connection.registry.repair_runs import begun
from private_connection.registry.run_notices import of_death
from private_connection.registry.table import change_entry, find_entry, now, written
from private_connection.registry.takeovers import Dead, find_dead, require_over, taken_over
from private_connection.request.findings import Finding, finding
from private_connection.request.models import OnFailure, Repair

SERVING: Final = ("READY", "TEARING_DOWN")
"""States of a connection of which a run that lost its claim removes nothing: others may use what it had made."""


class ClaimConnection(Contract):
    connection: ConnectionName
    execution: str
    """The ARN of the run that claims."""
    maker: str
    machine: Machine
    on_failure: OnFailure | None
    repair: Repair | None = None
    """The record that a repair was started for; null for any other run."""
    claim: str | None = None
    """The maker of the run that holds the connection and has started this one; null for one that claims for itself."""


class Claimed(Contract):
    """What a run that holds a connection has to know of it."""

    registered: bool
    """Whether the connection was provisioned before and not torn down since."""
    finish: tuple[str, ...]
    """The makers whose resources have to be removed first."""
    finish_after: str | None
    """When their functions have ended at the latest; ISO 8601."""
    findings: tuple[Finding, ...]
    former: Former


def claim_connection(request: ClaimConnection) -> Claimed:
    """Claims the connection, or, for a nested run, registers it under the claim of the run that started it.

    Claiming again is the same claim. Of a run that it finds dead it tells that it failed. Raises `ConnectionBusy`, with
    nothing changed, while another run works on it, and `Overtaken` for a repair while one does, or if it is not READY
    in the revision that the repair was started for.
    """
    seen = find_entry(request.connection) if request.repair else None
    over = list[LastRun | None]()
    entry = change_entry(request.connection, lambda entry: _claimed(entry, request, over), seen)
    tell([notice for last in over[-1:] for notice in of_death(entry, last)])
    return claimed(entry)


def claimed(entry: Entry) -> Claimed:
    """What the item tells its holder. It tells the same again, to one that did not hear the first answer."""
    former = entry.holder.former if entry.holder else entry.status
    return Claimed(
        registered=former not in (None, "TORN_DOWN"),
        finish=tuple(entry.unfinished),
        finish_after=max(entry.unfinished.values(), default=None),
        findings=tuple(findings_of(entry)),
        former=former_of(entry),
    )


def former_of(entry: Entry) -> Former:
    """What the connection was last recorded with."""
    if entry.request is None:
        return Former(workspace_id=None, tags=())
    return Former(workspace_id=str(entry.request["workspaceId"]), tags=tags_before(entry))


def findings_of(entry: Entry) -> Iterator[Finding]:
    """What an earlier run left that the next one has to tell."""
    if entry.kept is not None:
        yield finding(
            "KEPT_AFTER_DEATH",
            "onFailure",
            f"execution {entry.kept.execution}, which died ({entry.kept.status}) and was to keep what it made",
            "a run that ends by itself",
            "nothing has to be done: this run uses what it finds of it; to have it removed, tear the connection down",
        )


def _claimed(entry: Entry, request: ClaimConnection, over: list[LastRun | None]) -> Entry:
    """The item with the run as its holder. What is told of one that it finds dead is added to ``over``."""
    me = Run(execution=request.execution, maker=request.maker, since=written(now()))
    if entry.holder is not None and entry.holder.maker == request.claim:
        return _worked_on(entry, me)
    if entry.holder is not None and entry.holder.maker == request.maker:
        return entry
    if request.claim is not None and entry.status in SERVING:
        raise ConnectionBusy(
            f"claiming connection ({entry.connection}): the run that this one works for ({request.claim}) does not "
            f"hold it any more, and it is {entry.status}, so that nothing is removed; run again, or tear it down"
        )
    dead = find_dead(entry, me) if request.repair is None else _found_by_repair(entry, me, request.repair)
    if dead is not None:
        entry = taken_over(entry, dead)
        over.append(entry.last_run)
    if entry.last_run is not None and entry.last_run.execution == me.execution:
        # an earlier one of this name: that it was recorded as READY must not be read as said of this one
        entry = entry.model_copy(update={"last_run": None})
    holder = Holder(**dict(me), machine=request.machine, on_failure=request.on_failure, former=entry.status)
    begins = request.machine == "provision" and entry.status in (None, "FAILED", "TORN_DOWN")
    status = "PROVISIONING" if begins else entry.status
    repairs = begun(entry, me, request.repair)
    return entry.model_copy(update={"holder": holder, "worker": None, "status": status, "repairs": repairs})


def _found_by_repair(entry: Entry, me: Run, repair: Repair) -> Dead | None:
    if (entry.status, entry.revision) != ("READY", repair.revision):
        raise Overtaken(
            f"claiming connection ({entry.connection}): it is {entry.status} in revision {entry.revision}, and the "
            f"repair was started for revision {repair.revision}; nothing has to be done"
        )
    try:
        return find_dead(entry, me)
    except ConnectionBusy as busy:
        raise Overtaken(f"{busy}; a repair does not wait: the next sweep looks again") from busy


def _worked_on(entry: Entry, me: Run) -> Entry:
    """The item with a nested run as its worker."""
    if entry.worker is not None and entry.worker.maker == me.maker:
        return entry
    if entry.worker is not None:
        require_over(entry.connection, entry.worker, me)
    return entry.model_copy(update={"worker": me})
