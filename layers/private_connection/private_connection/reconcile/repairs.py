"""The step Start repairs: has provision run again for connections that are not as their last run left them, and Recover
for those whose last run died.

A repair is started and not awaited, so that one which takes long delays no other. It claims its connection where that
still has the revision that was looked at. So one that was started in vain, or twice, changes nothing.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import Field

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import NAMED_AT_MOST, NotOurs
from private_connection.reconcile.codes import TREATMENTS, DriftCode
from private_connection.reconcile.dead_runs import recover_dead
from private_connection.reconcile.drifted import Drifted, merged
from private_connection.reconcile.due import due_from, returned
from private_connection.reconcile.repair_executions import (
    is_repair,
    repair_name,
    repaired_by,
    running_repairs,
    start_repair,
)
from private_connection.registry.entries import Entry
from private_connection.registry.table import find_entry, list_readable, now
from private_connection.request.models import DRIFT_AT_MOST, Repair

READ_SINGLY: Final = 20
"""Items that are read one by one. For more, reading all that there are takes fewer calls: one for each megabyte."""


class StartRepairs(Contract):
    drifted: tuple[Drifted, ...]
    """What Find drift and Look closer have found; a connection may be among what both have."""
    held_long: tuple[ConnectionName, ...]
    """Connections that a run has held for long. If it is dead, Recover is started, which finishes it."""
    sweep_seconds: Annotated[int, Field(ge=1)]
    """The interval of the sweeps."""
    at_once: Annotated[int, Field(ge=0)]
    """How many repairs run at a time."""


class Returning(Contract):
    """A code that was mended again and again, and comes again."""

    connection: ConnectionName
    code: DriftCode


class StartedRepairs(Contract):
    started: tuple[ConnectionName, ...]
    """The connections whose repair runs by now, ordered by name."""
    left_over: int
    """How many more are due, while as many run as may."""
    waiting: int
    """How many are not due yet, because their last repairs failed."""
    failed: int
    """How many of those that have drifted were to be repaired before, and their last repairs failed."""
    recovering: tuple[ConnectionName, ...]
    """Connections whose run had died while it held them, and for which Recover was started."""
    returning: tuple[Returning, ...]
    """The first of them. A connection of which all that a repair mends comes again is left as it is."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A repair that may begin now."""

    connection: str
    name: str
    input: str


@dataclass(slots=True)
class _Judged:
    due: list[_Due] = field(default_factory=list)
    waiting: int = 0
    failed: int = 0
    returning: list[Returning] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    """The names of repairs that hold a connection by now."""


def start_repairs(request: StartRepairs) -> StartedRepairs:
    """Starts the repairs that are due, the worst first, as long as fewer run than may; and Recover for dead runs.

    What was started stays so if a call fails. Doing it again starts the others: an execution has the same name then,
    and Step Functions starts none twice (API reference, StartExecution). Raises `Throttled` and `ServiceFault`: ask
    again; `QuotaExceeded` if Step Functions runs no more executions, and `AwsRejected` if it refuses.
    """
    drifted = merged(request.drifted)
    repairable = {each.connection: codes for each in drifted if (codes := _repairable(each))}
    entries, judged = _read({*repairable, *request.held_long}), _Judged()
    for each in drifted:
        if each.connection in repairable and each.connection in entries:
            _judge(entries[each.connection], each.revision, repairable[each.connection], request.sweep_seconds, judged)
    started, left_over = _start_all(judged, request.at_once) if judged.due else (set[str](), 0)
    held = [entries[name] for name in request.held_long if name in entries]
    return StartedRepairs(
        started=tuple(sorted(started)),
        left_over=left_over,
        waiting=judged.waiting,
        failed=judged.failed,
        recovering=tuple(recover_dead(held, _turn(request.sweep_seconds))),
        returning=tuple(judged.returning[:NAMED_AT_MOST]),
    )


def _judge(entry: Entry, revision: int, codes: Sequence[DriftCode], sweep_seconds: int, judged: _Judged) -> None:
    """Adds what is to become of one. One that is not as it was looked at is left to the next sweep."""
    judged.running.update(_repairs_at_work(entry))
    if (entry.status, entry.revision, entry.holder, entry.worker) != ("READY", revision, None, None):
        return
    due = due_from(entry.repairs, sweep_seconds)
    judged.failed += due is not None
    again = returned(codes, entry.repairs, now())
    judged.returning += [Returning(connection=entry.connection, code=code) for code in codes if code in again]
    if len(again) == len(codes):
        return
    if due is not None and now() < due:
        judged.waiting += 1
    else:
        judged.due.append(_repair(entry, codes, sweep_seconds))


def _repairable(drifted: Drifted) -> tuple[DriftCode, ...]:
    """The codes that a repair mends, each once, the worst first."""
    if drifted.mode != "repair":
        return ()
    return tuple(dict.fromkeys(each.code for each in drifted.drift if TREATMENTS[each.code] == "repaired"))


def _read(connections: Collection[str]) -> Mapping[str, Entry]:
    """Their items, by name. Those that are gone, or cannot be read, are left out: the next sweep tells of them."""
    if len(connections) > READ_SINGLY:
        return {each.connection: each for each in list_readable()[0] if each.connection in connections}
    return {name: entry for name in connections for entry in _find(name)}


def _find(connection: str) -> Iterable[Entry]:
    try:
        entry = find_entry(connection)
    except NotOurs:
        return ()
    return () if entry is None else (entry,)


def _repairs_at_work(entry: Entry) -> Iterator[str]:
    """The repair that holds the connection, which Step Functions may not list yet."""
    name = entry.holder.execution.rpartition(":")[2] if entry.holder else ""
    if is_repair(name):
        yield name


def _repair(entry: Entry, codes: Sequence[DriftCode], sweep_seconds: int) -> _Due:
    """What is to be started, the same whenever it is asked for within an interval."""
    repair = Repair(revision=entry.revision, drift=tuple(codes[:DRIFT_AT_MOST]))
    asked = {**(entry.request or {}), "onFailure": "keep", "repair": repair.model_dump(mode="json", by_alias=True)}
    return _Due(
        connection=entry.connection,
        name=repair_name(entry, _turn(sweep_seconds)),
        input=json.dumps(asked, sort_keys=True),
    )


def _turn(sweep_seconds: int) -> int:
    """The number of the interval that it is."""
    return int(now().timestamp()) // sweep_seconds


def _start_all(judged: _Judged, at_once: int) -> tuple[set[str], int]:
    """The connections whose repair runs by now, and for how many there is no room."""
    running = judged.running | set(running_repairs())
    repaired = {repaired_by(name) for name in running}
    started, left_over = set[str](), 0
    for each in judged.due:
        if each.name in running:  # by this step, which is repeated
            started.add(each.connection)
        elif each.connection in repaired:
            continue  # another repair of it is about to claim it, or has just released it
        elif len(running) >= at_once:
            left_over += 1
        else:
            start_repair(each.name, each.input)
            running.add(each.name)
            started.add(each.connection)
    return started, left_over
