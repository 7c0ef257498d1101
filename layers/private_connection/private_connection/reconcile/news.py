"""The step Record news: writes on the items of connections what a sweep found new of them, and tells it.

It looks at all endpoints once more, because Find drift hands on names only. It writes where nobody has changed the item
since the look, and no run works on the connection. What is left is as new to the next sweep. It tells after it has
written. What it tells stands on the item, so a sweep that never heard of its record finds it there, and tells the same
again, under the same ids.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from private_connection.contracts import Contract
from private_connection.errors import NotOurs, StepError
from private_connection.notices.events import ConnectionChanged, FindingsChanged, Notice, Origin
from private_connection.notices.remembered import ToldFinding
from private_connection.notices.telling import tell
from private_connection.paths.endpoint_connections import EndpointConnection, all_connections
from private_connection.reconcile.account import by
from private_connection.reconcile.changed import Changed, as_one
from private_connection.reconcile.connected import connected
from private_connection.reconcile.drifted import Drifted, merged
from private_connection.reconcile.noted import Sight, noted
from private_connection.registry.entries import Entry
from private_connection.registry.sightings import Told
from private_connection.registry.table import change_entry, find_readable, now
from private_connection.settings import settings

RECORDED_AT_MOST: Final = 100
"""Connections of one step: each takes a call, and a function has a minute."""


class RecordNews(Contract):
    execution: str
    """The ARN of the sweep."""
    maker: str
    look: Annotated[int, Field(ge=1)]
    """Which of the sweep's looks it was."""
    news: tuple[Changed, ...]
    """The connections of which something is new."""
    drifted: tuple[Drifted, ...]
    """Those of them that have drifted, and maybe others."""


class RecordedNews(Contract):
    recorded: int
    """On how many items something new was written."""
    left: int
    """How many are left to the next sweep: more than there was time for, and those that somebody works on, or has
    changed since the look.
    """


@dataclass(frozen=True, slots=True)
class _Look:
    """What all connections are judged by."""

    request: RecordNews
    at: datetime
    drifted: Mapping[str, Drifted]
    endpoints: Mapping[str, Sequence[EndpointConnection]]
    """By the id of the service."""

    def is_told_by(self, entry: Entry) -> bool:
        """Whether the item has the news of this look."""
        news = entry.news
        return news is not None and (news.maker, news.look) == (self.request.maker, self.request.look)


def record_news(request: RecordNews) -> RecordedNews:
    """Writes and tells what is new. Doing it again tells the same, and writes what was not written yet.

    An item that cannot be written keeps none of the others. Raises why, once they are told: `Throttled`, `ServiceFault`
    and `NotYetConsistent`: ask again; `AwsRejected` if AWS refuses a call.
    """
    news = as_one(request.news)
    entries = find_readable({each.connection for each in news[:RECORDED_AT_MOST]})
    endpoints = by(lambda each: each.service_id, all_connections())
    look = _Look(request, now(), {each.connection: each for each in merged(request.drifted)}, endpoints)
    told, left, failure = list[Entry](), len(news[RECORDED_AT_MOST:]), None
    for each in news[:RECORDED_AT_MOST]:
        try:
            entry = _recorded(each, entries.get(each.connection), look)
        except StepError as error:  # the others are recorded, and told
            failure = failure or error
            continue
        if look.is_told_by(entry):
            told.append(entry)
        elif not _is_as_it_was(entry, each):
            left += 1
    tell([notice for entry in told for notice in _notices(entry, request.execution)])
    if failure is not None:
        raise failure
    return RecordedNews(recorded=len(told), left=left)


def _recorded(changed: Changed, seen: Entry | None, look: _Look) -> Entry:
    """The item after the record. It is as it was if nothing is new any more, or if it is left to the next sweep."""
    if seen is None:
        return Entry(connection=changed.connection)

    def change(entry: Entry) -> Entry:
        if look.is_told_by(entry) or not _is_as_it_was(entry, changed):
            return entry
        return _with_news(entry, changed, look)

    return change_entry(changed.connection, change, seen)


def _is_as_it_was(entry: Entry, changed: Changed) -> bool:
    """Whether it is as it was looked at, and nobody works on it."""
    return (entry.status, entry.revision, entry.holder, entry.worker) == ("READY", changed.revision, None, None)


def _with_news(entry: Entry, changed: Changed, look: _Look) -> Entry:
    try:
        handoff = connected(entry).handoff
    except NotOurs:
        return entry  # the sweep has named it as one that cannot be read
    drifted = look.drifted.get(entry.connection)
    sight = Sight(
        at=look.at,
        drift=drifted.drift if drifted else (),
        mode=drifted.mode if drifted else "report",
        judged=changed.judges,
        modifying=changed.modifying,
        endpoints=look.endpoints,
        ververica=settings().ververica_account,
    )
    found = noted(entry, handoff, sight)
    return found.entry_after(look.request.maker, look.request.look, look.at) if found.is_new else entry


def _notices(entry: Entry, execution: str) -> Iterator[Notice]:
    """What is told of the news on an item, the same whenever it is told."""
    news = entry.news
    if news is None:
        return
    origin = Origin(entry.connection, execution, news.maker, news.at)
    if news.endpoints:
        left_out = {"endpoints": news.more} if news.more else {}
        about = origin.of(ConnectionChanged, news.look)
        yield ConnectionChanged(**about, endpoints=news.endpoints, left_out=left_out)
    if news.former is not None:
        yield FindingsChanged(
            **origin.of(FindingsChanged, news.look),
            found_by="sweep",
            findings=_findings(entry.told),
            added=_findings(each for each in entry.told if each not in news.former),
            gone=_findings(each for each in news.former if each not in entry.told),
        )


def _findings(told: Iterable[Told]) -> tuple[ToldFinding, ...]:
    return tuple(ToldFinding(code=each.code, node=each.node) for each in told)
