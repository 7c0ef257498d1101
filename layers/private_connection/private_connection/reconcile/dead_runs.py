"""Runs that died while they held a connection, and that nobody has finished: the machine Recover is started for them.

Step Functions tells of an execution's end with its best effort (EventBridge events reference, "AWS Step Functions
events"), and Recover itself may be stopped. What such a run had made would stay, unless somebody ran again, and while
it holds the connection no repair begins.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from private_connection.reconcile.starting import execution_name, start_once
from private_connection.registry.entries import Entry, Holder
from private_connection.registry.executions import find_life
from private_connection.registry.table import now
from private_connection.settings import recover_machine

LONG: Final = timedelta(minutes=30)
"""How long a run holds a connection before it is asked after. Most take less, and Recover finishes a dead one within
minutes.
"""
ASKED_AT_MOST: Final = 20
"""Runs that one sweep asks after. The next ones come when these are finished."""
PREFIX: Final = "recover-"


def held_long(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The connections that have been held for long, those that have been so longest first."""
    held = ((each.holder.since, each.connection) for each in entries if each.holder is not None)
    long = sorted((since, name) for since, name in held if now() - datetime.fromisoformat(since) >= LONG)
    return tuple(name for _, name in long[:ASKED_AT_MOST])


def recover_dead(entries: Iterable[Entry], turn: int) -> Iterator[str]:
    """Starts Recover for each whose run, and whose nested run, is over, and yields the connection's name.

    Recover claims only what a dead run still holds. So one that is started beside another changes nothing.
    """
    for entry in entries:
        runs = [run for run in (entry.worker, entry.holder) if run is not None]
        if entry.holder is not None and all(find_life(run.execution).is_over(run) for run in runs):
            event = _event(entry.connection, entry.holder)
            start_once("starting recovery", recover_machine(), execution_name(PREFIX, entry, turn), event)
            yield entry.connection


def _event(connection: str, dead: Holder) -> str:
    """What Step Functions says of a run that has ended, as far as Recover reads it."""
    return json.dumps({"executionArn": dead.execution, "input": json.dumps({"connection": connection})})
