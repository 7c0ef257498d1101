"""The step Find drift: one look at the whole account, compared with every connection that is READY."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import NotOurs, Terminal
from private_connection.failures import ExplainedFailure
from private_connection.reconcile.account import Account, look
from private_connection.reconcile.changed import Changed, changed_of
from private_connection.reconcile.compared import Compared
from private_connection.reconcile.connected import Connected, asked_for, connected, is_busy
from private_connection.reconcile.counting import Counted, counted
from private_connection.reconcile.dead_runs import held_long
from private_connection.reconcile.drift import drift_of
from private_connection.reconcile.drifted import Drifted, as_far_as_told, fitting, merged, size
from private_connection.reconcile.refused import refused
from private_connection.reconcile.selection import ANSWER, Chosen, choose, choose_all
from private_connection.reconcile.unreadable import Unreadable, told_unreadable
from private_connection.registry.entries import Cursor, Entry
from private_connection.registry.table import list_readable
from private_connection.settings import reconcile_mode

ROOM: Final = 128 * 1024
"""Bytes that all which a sweep finds may take as JSON: half of what a state may have (Step Functions quotas)."""
BESIDE: Final = 8 * 1024
"""Of these, what is kept for counts, names that cannot be read, those whose repairs run, and what the machine knows
besides.
"""
NEWS_AT_MOST: Final = 100
"""Connections of which something new is written down after one look."""


class FindDrift(Contract):
    connection: ConnectionName | None = None
    """The only connection to look at; null for all."""
    cursor: Cursor | None = None
    """Behind which the sweep begins to look closely."""
    unread: str | None = None
    """Why the sweeps' item could not be read; null of one that could."""


class Found(Counted, Unreadable):
    """What a sweep finds, and tells as its output."""

    connections: int
    """How many were compared: those that are READY."""
    busy: int
    """How many more are READY, and left to the run that works on them. That may have looked already at what has changed
    since: another sweep looks at them.
    """
    off: int
    """How many more are READY, and ask not to be looked at."""
    held_long: tuple[ConnectionName, ...]
    """Connections, READY or not, that a run has held for so long that it may have died."""
    drifted: tuple[Drifted, ...]
    """The worst first, as many as have room."""
    left_over: int
    """How many more have drifted."""
    news_left: int
    """Of how many more something is new than one sweep writes down."""


class FoundDrift(Found):
    chosen: Chosen
    """What to look at closely."""
    failure: tuple[ExplainedFailure, ...] = ()
    """Why AWS refused a look at the first connection that it does not show as a whole, and how many more there are;
    none if it shows all. Such a connection is not compared, and counts as it was told last.
    """
    news: tuple[Changed, ...]
    """The connections of which something is new, as many as one sweep writes down."""


def find_drift(request: FindDrift) -> FoundDrift:
    """Compares what the registry says with what there is. Changes nothing.

    An item that cannot be read is named, and does not stop the others from being compared; neither does a connection of
    which AWS does not show the role.
    """
    readables, unreadable = list_readable()
    entries = [each for each in readables if request.connection in (None, each.connection)]
    idle, busy = _ready(entries)
    readable = list(_read(idle, unreadable))
    connections = sorted((each for each in readable if _mode(each) != "off"), key=lambda each: each.name)
    compared, account = _compared(connections)
    chosen, hidden = _choose(request, compared, account), _hidden(connections, account)
    drifted, news = merged(each for one in compared for each in _drifted(one)), list(_news(compared, account, idle))
    told = tuple(fitting(drifted, ROOM - BESIDE - _taken(chosen, news[:NEWS_AT_MOST])))
    named = list(as_far_as_told(news, drifted, told))[:NEWS_AT_MOST]
    return FoundDrift(
        connections=len(compared),
        busy=len(busy),
        off=len(readable) - len(connections),
        held_long=held_long(entries),
        drifted=told,
        left_over=len(drifted) - len(told),
        **counted(compared, chosen.nodes(), [*busy, *(each for each in idle if each.connection in hidden)]),
        **told_unreadable(unreadable, request.unread),
        chosen=chosen,
        failure=tuple(refused(hidden.items())),
        news=tuple(named),
        news_left=len(news) - len(named),
    )


def _ready(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Of those that are READY, the ones that no run works on, and the others that ask to be looked at."""
    ready = [each for each in entries if each.status == "READY"]
    idle = [each for each in ready if not is_busy(each)]
    return idle, [each for each in ready if is_busy(each) and asked_for(each) != "off"]


def _read(entries: Iterable[Entry], unreadable: list[str]) -> Iterator[Connected]:
    """What the items say. The names of those that cannot be read are added to ``unreadable``."""
    for entry in entries:
        try:
            yield connected(entry)
        except NotOurs:
            unreadable.append(entry.connection)


def _compared(connections: Sequence[Connected]) -> tuple[list[Compared], Account | None]:
    """The connections with what has drifted of them, and the account; none where nothing is to be compared with it."""
    if not connections:
        return [], None
    account = look(connections)
    return [
        Compared(each, "report" if _mode(each) == "report" else "repair", drift_of(each, account))
        for each in connections
        if each.handoff.role_arn not in account.refused
    ], account


def _hidden(connections: Iterable[Connected], account: Account | None) -> dict[str, Terminal]:
    """Why AWS does not show the role of a connection, by its name."""
    why = account.refused if account is not None else {}
    return {each.name: why[each.handoff.role_arn] for each in connections if each.handoff.role_arn in why}


def _drifted(compared: Compared) -> Iterator[Drifted]:
    if compared.drift:
        connection = compared.connection
        yield Drifted(
            connection=connection.name, revision=connection.revision, mode=compared.mode, drift=compared.drift
        )


def _choose(request: FindDrift, compared: Sequence[Compared], account: Account | None) -> Chosen:
    if account is None:
        return Chosen(batches=(), cursor=request.cursor)
    chosen = choose if request.connection is None else choose_all
    return chosen(compared, account, request.cursor)


def _news(compared: Iterable[Compared], account: Account | None, entries: Iterable[Entry]) -> Iterator[Changed]:
    by_name = {each.connection: each for each in entries}
    for each in compared:
        if account is not None:
            entry = by_name[each.connection.name]
            yield from changed_of(entry, each.connection, each.mode, each.drift, account)


def _taken(chosen: Chosen, news: Iterable[Changed]) -> int:
    """Bytes that the names of what is new take, and the nodes to look at closely, or what is then found of them: the
    machine has the one or the other, beside what has drifted.
    """
    looks = max(size(chosen), ANSWER * len(chosen.batches))
    return looks + sum(map(size, news))


def _mode(connection: Connected) -> str:
    return connection.request.reconcile or reconcile_mode()
