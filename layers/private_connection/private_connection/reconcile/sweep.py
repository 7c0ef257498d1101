"""The step Find drift: one look at the whole account, compared with every connection that is READY."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import NotOurs
from private_connection.reconcile.account import look
from private_connection.reconcile.codes import RANKS
from private_connection.reconcile.connected import Connected, connected
from private_connection.reconcile.drift import Drift, drift_of
from private_connection.registry.entries import Entry
from private_connection.registry.table import list_readable
from private_connection.settings import reconcile_mode

ROOM: Final = 128 * 1024
"""Bytes that all drifted connections may take as JSON: half of what a state may have (Step Functions quotas)."""
NAMED_AT_MOST: Final = 50
"""Items that cannot be read and are named. More than a few are one mistake."""


class FindDrift(Contract):
    connection: ConnectionName | None = None
    """The only connection to look at; null for all."""


class Drifted(Contract):
    connection: ConnectionName
    revision: int
    """Of the item that was compared. What is done about it demands that the item still has it."""
    mode: Literal["repair", "report"]
    """What the connection asks for; report changes nothing of it."""
    drift: tuple[Drift, ...]
    """The worst first."""


class FoundDrift(Contract):
    connections: int
    """How many were compared: those that are READY."""
    busy: int
    """How many more are READY, and left to the run that works on them."""
    off: int
    """How many more are READY, and ask not to be looked at."""
    drifted: tuple[Drifted, ...]
    """The worst first, as many as have room."""
    left_over: int
    """How many more have drifted."""
    unreadable: tuple[str, ...]
    """The names of connections whose items cannot be read."""


class LeftToAnother(Contract):
    """The output of ``reconcile`` where another sweep is at work, which looks once more: nothing."""


def find_drift(request: FindDrift) -> FoundDrift:
    """Compares what the registry says with what there is. Changes nothing.

    An item that cannot be read is named, and does not stop the others from being compared.
    """
    entries, unreadable = list_readable()
    ready = [each for each in entries if each.status == "READY" and request.connection in (None, each.connection)]
    idle = [each for each in ready if each.holder is None and each.worker is None]
    readable = list(_read(idle, unreadable))
    connections = [each for each in readable if _mode(each) != "off"]
    drifted = sorted(_drifted(connections), key=lambda each: (RANKS[each.drift[0].code], each.connection))
    told = tuple(_fitting(drifted))
    return FoundDrift(
        connections=len(connections),
        busy=len(ready) - len(idle),
        off=len(readable) - len(connections),
        drifted=told,
        left_over=len(drifted) - len(told),
        unreadable=tuple(sorted(unreadable)[:NAMED_AT_MOST]),
    )


def _read(entries: Iterable[Entry], unreadable: list[str]) -> Iterator[Connected]:
    """What the items say. The names of those that cannot be read are added to ``unreadable``."""
    for entry in entries:
        try:
            yield connected(entry)
        except NotOurs:
            unreadable.append(entry.connection)


def _drifted(connections: Sequence[Connected]) -> Iterator[Drifted]:
    if not connections:
        return  # nothing to compare the account with
    account = look(connections)
    for each in connections:
        drift = drift_of(each, account)
        if drift:
            mode: Literal["repair", "report"] = "repair" if _mode(each) == "repair" else "report"
            yield Drifted(connection=each.name, revision=each.revision, mode=mode, drift=drift)


def _mode(connection: Connected) -> str:
    return connection.request.reconcile or reconcile_mode()


def _fitting(drifted: Iterable[Drifted]) -> Iterator[Drifted]:
    """As many as have room, in their order. One that is too large for what is left makes room for smaller ones."""
    left = ROOM
    for each in drifted:
        size = len(each.model_dump_json(by_alias=True)) + len(",")
        if size <= left:
            left -= size
            yield each
