"""A connection that is READY, as its item in the registry has it: what was asked for, and what came of it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from private_connection.errors import NotOurs
from private_connection.handoff import Handoff
from private_connection.registry.entries import Entry, RepairRun, asked_of_drift
from private_connection.registry.sightings import Told
from private_connection.registry.table import now
from private_connection.request.models import ConnectionRequest
from private_connection.settings import reconcile_mode

AT_WORK_AT_MOST: Final = timedelta(hours=2)
"""How long a run is waited for. One that takes longer died and was not recovered, or waits for a cluster. A connection
of either is looked at all the same, so that sweeps do not follow one another for a day.
"""


@dataclass(frozen=True, slots=True)
class Connected:
    name: str
    revision: int
    request: ConnectionRequest
    handoff: Handoff
    modifying_since: str | None = None
    """When sweeps first found its cluster being modified; ISO 8601."""
    told: tuple[Told, ...] = ()
    """What sweeps told last of what has drifted."""
    repairs: tuple[RepairRun, ...] = ()
    """The repairs that its item remembers."""

    @property
    def cluster_id(self) -> str:
        """As ElastiCache has it, which keeps ids in lower case."""
        return self.handoff.cluster_id


def connected(entry: Entry) -> Connected:
    """What an item says. Raises `NotOurs` for one that has a request or a hand-off of another form, of another
    connection, or none, or that was never recorded: a repair would be of nothing that anybody asked for.
    """
    try:
        request = ConnectionRequest.model_validate_json(json.dumps(entry.request))
        handoff = Handoff.model_validate_json(json.dumps(entry.handoff))
    except ValidationError as error:
        raise _unreadable(
            entry, f"has not the form that this deployment writes, {' '.join(str(error).split())}"
        ) from error
    if {request.connection, handoff.connection} != {entry.connection}:
        raise _unreadable(entry, f"is of {request.connection}, or of {handoff.connection}")
    if entry.revision < 1:
        raise _unreadable(entry, f"is of revision {entry.revision}, which no run records")
    return Connected(
        entry.connection, entry.revision, request, handoff, entry.modifying_since, entry.told, entry.repairs
    )


def _unreadable(entry: Entry, why: str) -> NotOurs:
    return NotOurs(
        f"reading the registry ({entry.connection}): the request or the hand-off of its item {why}; run the "
        f"connection's provision again"
    )


def asked_for(entry: Entry) -> object:
    """What an item asks sweeps for (repair, report or off), whether or not the rest of it can be read."""
    return asked_of_drift(entry) or reconcile_mode()


def is_busy(entry: Entry) -> bool:
    """Whether a run works on it, and will not do so for long."""
    claimed = [each for each in (entry.holder, entry.worker) if each is not None]
    return any(now() - datetime.fromisoformat(each.since) < AT_WORK_AT_MOST for each in claimed)
