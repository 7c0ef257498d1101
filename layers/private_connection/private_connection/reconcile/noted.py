"""What is to be noted of a connection after a look: its endpoints, what is told of it, and how its cluster is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from private_connection.handoff import Handoff
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.reconcile.codes import Mode
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.told import Judged, told_after
from private_connection.reconcile.watched import Watched, watched
from private_connection.registry.entries import Entry
from private_connection.registry.sightings import News, Told
from private_connection.registry.table import written

CHANGES_AT_MOST: Final = 50
"""Changes of endpoints that an item keeps, so that they can be told again. Others are counted."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a sweep has seen of a connection."""

    at: datetime
    drift: Sequence[Drift]
    mode: Mode
    judged: Judged
    modifying: bool | None
    """Whether its cluster is being modified; null if nobody looked."""
    endpoints: Mapping[str, Sequence[EndpointConnection]]
    """Those at its services, by the id of the service, and maybe others."""
    ververica: str
    """The account whose endpoints are expected."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What is to stand on an item after a look."""

    entry: Entry
    """The item before."""
    watched: Watched
    told: tuple[Told, ...]
    modifying_since: str | None

    @property
    def is_new(self) -> bool:
        """Whether anything of it does not stand there yet."""
        before = self.entry.seen, self.entry.told, self.entry.modifying_since
        return before != (self.watched.seen, self.told, self.modifying_since)

    def entry_after(self, maker: str, look: int, at: datetime) -> Entry:
        """The item, with what is new as the news of a sweep's look."""
        changes = self.watched.changes
        news = News(
            maker=maker,
            look=look,
            at=written(at),
            endpoints=changes[:CHANGES_AT_MOST],
            more=len(changes[CHANGES_AT_MOST:]),
            former=None if self.told == self.entry.told else self.entry.told,
        )
        wanted = {"seen": self.watched.seen, "told": self.told, "modifying_since": self.modifying_since, "news": news}
        return self.entry.model_copy(update=wanted)


def noted(entry: Entry, handoff: Handoff, sight: Sight) -> Noted:
    """What a look finds to be noted of a connection with this item and hand-off."""
    nodes = {each.service_id: each.node for each in handoff.endpoints}
    told = told_after(entry, sight.drift, sight.mode, sight.judged, nodes.values(), sight.at)
    return Noted(
        entry=entry,
        watched=watched(entry.seen, sight.endpoints, nodes, sight.ververica, written(sight.at)),
        told=told,
        modifying_since=_modifying_since(entry, sight),
    )


def _modifying_since(entry: Entry, sight: Sight) -> str | None:
    if sight.modifying is None:
        return entry.modifying_since
    return (entry.modifying_since or written(sight.at)) if sight.modifying else None
