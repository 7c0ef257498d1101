"""The step Start repairs: has provision run again for connections that are not as their last run left them.

A repair is started and not awaited, so that one which takes long delays no other. It claims its connection where that
still has the revision that was looked at. So one that was started in vain, or twice, changes nothing.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from botocore.exceptions import ClientError
from pydantic import Field

from private_connection import clients
from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import NAMED_AT_MOST, NotOurs, code_of, doing
from private_connection.naming import digest
from private_connection.reconcile.codes import TREATMENTS, DriftCode
from private_connection.reconcile.due import due_from, returned
from private_connection.reconcile.sweep import Drifted, FoundDrift
from private_connection.registry.entries import Entry
from private_connection.registry.table import find_entry, now
from private_connection.request.models import DRIFT_AT_MOST, Repair
from private_connection.settings import provision_machine

PREFIX: Final = "repair-"
"""How the names of repairs begin, by which they are told from runs that somebody else has started."""
PAGE: Final = 1000
"""Executions on the largest page that Step Functions gives (API reference, ListExecutions)."""


class StartRepairs(Contract):
    drifted: tuple[Drifted, ...]
    """The worst first, as Find drift hands them on."""
    sweep_seconds: Annotated[int, Field(ge=1)]
    """The interval of the sweeps."""
    at_once: Annotated[int, Field(ge=0)]
    """How many repairs run at a time."""


class Returning(Contract):
    """A code that was mended again and again, and comes again."""

    connection: ConnectionName
    code: DriftCode


class StartedRepairs(Contract):
    started: int
    left_over: int
    """How many more are due, while as many run as may."""
    waiting: int
    """How many are not due yet, because their last repairs failed."""
    returning: tuple[Returning, ...]
    """The first of them. A connection of which all that a repair mends comes again is left as it is."""


class Swept(FoundDrift):
    """The output of ``reconcile``: what was found, and what becomes of it."""

    repairs: StartedRepairs


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
    returning: list[Returning] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    """The names of repairs that hold a connection by now."""


def start_repairs(request: StartRepairs) -> StartedRepairs:
    """Starts the repairs that are due, the worst first, as long as fewer run than may.

    What was started stays so if a call fails. Doing it again starts the others: an execution has the same name then,
    and Step Functions starts none twice (API reference, StartExecution). Raises `Throttled` and `ServiceFault`: ask
    again; `QuotaExceeded` if Step Functions runs no more executions, and `AwsRejected` if it refuses.
    """
    judged = _Judged()
    for each in request.drifted:
        _judge(each, request.sweep_seconds, judged)
    started, left_over = _start_all(judged, request.at_once) if judged.due else (0, 0)
    return StartedRepairs(
        started=started,
        left_over=left_over,
        waiting=judged.waiting,
        returning=tuple(judged.returning[:NAMED_AT_MOST]),
    )


def _judge(drifted: Drifted, sweep_seconds: int, judged: _Judged) -> None:
    """Adds what is to become of one. One that is not as it was looked at is left to the next sweep."""
    codes = _repairable(drifted)
    entry = _find(drifted.connection) if codes else None
    if entry is None:
        return
    judged.running.update(_repairs_at_work(entry))
    if (entry.status, entry.revision, entry.holder, entry.worker) != ("READY", drifted.revision, None, None):
        return
    again = returned(codes, entry.repairs, now())
    judged.returning += [Returning(connection=entry.connection, code=code) for code in codes if code in again]
    if len(again) == len(codes):
        return
    due = due_from(entry.repairs, sweep_seconds)
    if due is not None and now() < due:
        judged.waiting += 1
    else:
        judged.due.append(_repair(entry, codes, sweep_seconds))


def _repairable(drifted: Drifted) -> tuple[DriftCode, ...]:
    """The codes that a repair mends, each once, the worst first."""
    if drifted.mode != "repair":
        return ()
    return tuple(dict.fromkeys(each.code for each in drifted.drift if TREATMENTS[each.code] == "repaired"))


def _find(connection: str) -> Entry | None:
    try:
        return find_entry(connection)
    except NotOurs:
        return None  # the sweep that finds it next tells that it cannot be read


def _repairs_at_work(entry: Entry) -> Iterator[str]:
    """The repair that holds the connection, which Step Functions may not list yet."""
    name = entry.holder.execution.rpartition(":")[2] if entry.holder else ""
    if name.startswith(PREFIX):
        yield name


def _repair(entry: Entry, codes: Sequence[DriftCode], sweep_seconds: int) -> _Due:
    """What is to be started, the same whenever it is asked for in the course of a sweep.

    The name says nothing of the drift but stands for the item as it was read, which every run that claims it changes.
    A run that never came to that would keep its name from all that follow, for 90 days: so it has the time as well.
    """
    turn = int(now().timestamp()) // sweep_seconds
    repair = Repair(revision=entry.revision, drift=tuple(codes[:DRIFT_AT_MOST]))
    asked = {**(entry.request or {}), "onFailure": "keep", "repair": repair.model_dump(mode="json", by_alias=True)}
    return _Due(
        connection=entry.connection,
        name=f"{PREFIX}{entry.connection}-{digest(entry.connection, entry.version, turn, length=32)}",
        input=json.dumps(asked, sort_keys=True),
    )


def _start_all(judged: _Judged, at_once: int) -> tuple[int, int]:
    """How many run by now of those that are due, and for how many there is no room."""
    running = judged.running | set(_listed())
    repaired = {_connection(name) for name in running}
    started = left_over = 0
    for each in judged.due:
        if each.name in running:  # by this step, which is repeated
            started += 1
        elif each.connection in repaired:
            continue  # another repair of it is about to claim it, or has just released it
        elif len(running) >= at_once:
            left_over += 1
        else:
            _start(each)
            running.add(each.name)
            started += 1
    return started, left_over


def _listed() -> Iterable[str]:
    """The names of the repairs that run. The list may be late by what has started or ended just now (API reference,
    ListExecutions): what this step has started itself is added to it, and what is too much does no harm.
    """
    pages = clients.stepfunctions().get_paginator("list_executions")
    machine = provision_machine()
    with doing("listing executions", machine):
        asked = pages.paginate(stateMachineArn=machine, statusFilter="RUNNING", PaginationConfig={"PageSize": PAGE})
        return [each["name"] for page in asked for each in page["executions"] if each["name"].startswith(PREFIX)]


def _connection(name: str) -> str:
    """The connection that a repair of this name is for."""
    return name.removeprefix(PREFIX).rpartition("-")[0]


def _start(repair: _Due) -> None:
    with doing("starting repair", repair.name):
        try:
            clients.stepfunctions().start_execution(
                stateMachineArn=provision_machine(), name=repair.name, input=repair.input
            )
        except ClientError as refusal:
            if code_of(refusal) != "ExecutionAlreadyExists":
                raise
