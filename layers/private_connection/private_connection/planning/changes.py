"""How changes are told: built from what is found and what is wanted, and cut to the room that there is. Pure."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from private_connection.contracts import Contract
from private_connection.ownership import TagList, Tags
from private_connection.planning.plan import Action, Attribute, Counts, PlannedChange, Type

CLUSTER: Final = "the cluster is available"
"""What most of what is not known yet waits for."""
RUN: Final = "the run has begun"
MAKER: Final = "plan"
"""Stands for the run in tags that nothing ever gets."""
URGENCY: Final[Mapping[Action, int]] = {"withdraw": 0, "change": 1, "create": 2, "keep": 3}
"""What is left out last where there is no room for all."""


class Part(Contract):
    """A part of a plan."""

    changes: tuple[PlannedChange, ...]
    """As many as have room."""
    counts: Counts
    """Of all of them."""


def created(
    kind: Type,
    name: str,
    attributes: Mapping[str, object] = MappingProxyType({}),
    node: str | None = None,
    known_after: str | None = None,
) -> PlannedChange:
    """Something that the run makes. An attribute that is `None` is not known until the cluster is available."""
    told = tuple(_wanted(key, value) for key, value in attributes.items())
    return PlannedChange(action="create", type=kind, name=name, node=node, attributes=told, known_after=known_after)


def found(
    kind: Type,
    name: str,
    attributes: Iterable[Attribute] = (),
    node: str | None = None,
    known_after: str | None = None,
) -> PlannedChange:
    """Something that is there: kept, or changed in these attributes."""
    told = tuple(attributes)
    action: Action = "change" if told else "keep"
    return PlannedChange(action=action, type=kind, name=name, node=node, attributes=told, known_after=known_after)


def withdrawn(kind: Type, name: str, node: str | None = None, known_after: str | None = None) -> PlannedChange:
    return PlannedChange(action="withdraw", type=kind, name=name, node=node, known_after=known_after)


def changed(name: str, has: str | None, wanted: str | None, known_after: str | None = None) -> Iterator[Attribute]:
    """The attribute, if it is not as it is wanted."""
    if has != wanted:
        yield Attribute(name=name, found=has, wanted=wanted, known_after=known_after)


def tags_put(tags: TagList, has: Tags) -> Iterator[Attribute]:
    """The tags that a run puts on something, as attributes of it."""
    for each in tags:
        key, value = each["Key"], each["Value"]
        wanted, known_after = (None, RUN) if value == MAKER else (value, None)
        yield Attribute(name=f"tags.{key}", found=has.get(key), wanted=wanted, known_after=known_after)


def tags_taken(tags: Tags, keys: Collection[str]) -> Iterator[Attribute]:
    """The tags among ``keys`` that a run takes off something."""
    for key in sorted(tags.keys() & set(keys)):
        yield from changed(f"tags.{key}", tags[key], None)


def counted(changes: Iterable[PlannedChange]) -> Counts:
    actions = [each.action for each in changes]
    return Counts(**{action: actions.count(action) for action in URGENCY})


def added(parts: Iterable[Counts]) -> Counts:
    counts = list(parts)
    return Counts(**{action: sum(getattr(each, action) for each in counts) for action in URGENCY})


def merged(changes: Iterable[PlannedChange]) -> list[PlannedChange]:
    """The changes, with what is told of one thing more than once told together."""
    known = dict[tuple[str, str, str | None], PlannedChange]()
    for each in changes:
        place = each.type, each.name, each.node
        before = known.get(place)
        known[place] = each if before is None else _together(before, each)
    return list(known.values())


def _together(before: PlannedChange, each: PlannedChange) -> PlannedChange:
    """What goes, or may go, is told as that."""
    if before.action not in ("keep", "change") or (before.action == "keep" and before.known_after):
        return before
    return found(each.type, each.name, (*before.attributes, *each.attributes), each.node, before.known_after)


def part(changes: Sequence[PlannedChange], room: int) -> Part:
    """As many of the changes as have room, which is a number of bytes, in their order."""
    return Part(changes=tuple(fitting(changes, room)), counts=counted(changes))


def fitting(changes: Sequence[PlannedChange], room: int) -> Iterator[PlannedChange]:
    left, kept = room, set[int]()
    for number in sorted(range(len(changes)), key=lambda each: URGENCY[changes[each].action]):
        left -= size(changes[number])
        if left < 0:
            break
        kept.add(number)
    return (each for number, each in enumerate(changes) if number in kept)


def size(change: PlannedChange) -> int:
    """Bytes in the state of an execution, with the comma."""
    return len(json.dumps(change.model_dump(mode="json", by_alias=True))) + 1


def _wanted(name: str, value: object) -> Attribute:
    known_after = CLUSTER if value is None else None
    return Attribute(name=name, wanted=None if value is None else str(value), known_after=known_after)
