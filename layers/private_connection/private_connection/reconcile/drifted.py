"""What has drifted of connections, as it travels from one state of a sweep to the next: joined, and cut to fit."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from private_connection.contracts import ConnectionName, Contract
from private_connection.reconcile.changed import Changed
from private_connection.reconcile.codes import RANKS, Mode
from private_connection.reconcile.drift import Drift, ranked

Named = TypeVar("Named", bound=Contract)


class Drifted(Contract):
    connection: ConnectionName
    revision: int
    """Of the item that was compared. What is done about it demands that the item still has it."""
    mode: Mode
    """What the connection asks for; report changes nothing of it."""
    drift: tuple[Drift, ...]
    """The worst first."""


def merged(drifted: Iterable[Drifted]) -> list[Drifted]:
    """What several looks have found of connections, each connection once, the worst first, else in their order.

    One that was recorded between two looks is as the later one found it.
    """
    found = dict[str, list[Drifted]]()
    for each in drifted:
        found.setdefault(each.connection, []).append(each)
    return sorted(map(_as_one, found.values()), key=lambda each: RANKS[each.drift[0].code])


def _as_one(looks: Sequence[Drifted]) -> Drifted:
    last = max(looks, key=lambda each: each.revision)
    drift = {each for look in looks if look.revision == last.revision for each in look.drift}
    return last.model_copy(update={"drift": ranked(drift)})


def as_far_as_told(news: Iterable[Changed], drifted: Iterable[Drifted], told: Sequence[Drifted]) -> Iterator[Changed]:
    """Those of which all that has drifted is told; those of which some is, as ones that judge nothing to be no more.

    Of the others it is not known what to write down.
    """
    left = {each.connection: each.drift for each in told}
    whole = {each.connection: each.drift for each in drifted}
    for each in news:
        if left.get(each.connection) == whole.get(each.connection):
            yield each
        elif each.connection in left:
            yield each.without_judgement()


def fitting(drifted: Iterable[Drifted], room: int) -> Iterator[Drifted]:
    """As many as have room, and of one that is too large for all the room the worst that has drifted of it."""
    return within((_cut(each, room) for each in drifted), room)


def within(found: Iterable[Named], room: int) -> Iterator[Named]:
    """As many as have room, in their order. One that is too large for what is left makes room for smaller ones."""
    for each in found:
        if size(each) <= room:
            room -= size(each)
            yield each


def _cut(drifted: Drifted, room: int) -> Drifted:
    """One that fits, with less of its drift where it has to."""
    while size(drifted) > room and len(drifted.drift) > 1:
        drifted = drifted.model_copy(update={"drift": drifted.drift[: len(drifted.drift) * 9 // 10]})
    return drifted


def size(found: Contract) -> int:
    """Bytes that it takes as one of a list as JSON."""
    return len(found.model_dump_json(by_alias=True)) + len(",")
