"""Endpoint connections as sweeps see them, look by look: who has come, who has gone, what has changed. Pure.

AWS tells nobody that an endpoint has gone, and a list may lack one for a moment. So one is gone when two looks in a row
do not list it. The first of them is written down, and told to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from private_connection.notices.remembered import EndpointChange
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.registry.sightings import SeenEndpoint

SEEN_AT_MOST: Final = 200
"""Endpoints on an item, which has room for no more beside all else. Of others strangers are watched first."""
GOING: Final = ("deleting", "deleted")
"""The states of an endpoint that its owner has deleted. EC2 lists it for a while."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The endpoints as they are to stand on the item, and what is new about them, both ordered by node and id."""

    seen: tuple[SeenEndpoint, ...]
    changes: tuple[EndpointChange, ...]


def watched(
    former: Sequence[SeenEndpoint],
    found: Mapping[str, Sequence[EndpointConnection]],
    nodes: Mapping[str, str],
    ververica: str,
    moment: str,
) -> Watched:
    """``former`` after a look that found these endpoints, by the id of their service, maybe among others.

    ``nodes`` has the node of each service of the connection, by its id, ``ververica`` is the account whose endpoints
    are expected. If nothing is new, the endpoints are ``former``: an item is not written only to say when they were
    seen.
    """
    services = with_former_services(former, nodes)
    here = (each for service in services for each in found.get(service, ()))
    listed = {each.endpoint_id: each for each in here if each.state not in GOING}
    known = {each.endpoint_id: _again(each, listed.get(each.endpoint_id)) for each in former}
    unknown = [each for name, each in listed.items() if name not in known and not each.has_ended]
    unknown.sort(key=lambda each: (each.owner == ververica, each.endpoint_id))
    fresh = [_first(each, services, moment) for each in unknown[: max(0, SEEN_AT_MOST - len(former))]]
    if not fresh and list(known.values()) == list(former):
        return Watched(tuple(former), ())
    present = [each for each in known.values() if each is not None]
    changes = [
        *(_change(each, known[each.endpoint_id], ververica) for each in former if _is_told(each, known)),
        *(_changed(each, "new", each.state, None, ververica) for each in fresh),
    ]
    return Watched(
        seen=tuple(sorted((*(_seen_at(each, moment) for each in present), *fresh), key=_place)),
        changes=tuple(sorted(changes, key=lambda each: (each.node, each.endpoint_id))),
    )


def with_former_services(former: Sequence[SeenEndpoint], nodes: Mapping[str, str]) -> dict[str, str]:
    """The services to look at, each with its node: those of the connection, and of endpoints that were seen at others,
    which it had before.
    """
    return {each.service_id: each.node for each in former} | dict(nodes)


def _place(endpoint: SeenEndpoint) -> tuple[str, str]:
    return endpoint.node, endpoint.endpoint_id


def _again(former: SeenEndpoint, listed: EndpointConnection | None) -> SeenEndpoint | None:
    """One that was seen before, after this look; null if it is gone."""
    if listed is not None:
        return former.model_copy(update={"state": listed.state, "missing": 0})
    return None if former.missing else former.model_copy(update={"missing": 1})


def _first(found: EndpointConnection, services: Mapping[str, str], moment: str) -> SeenEndpoint:
    return SeenEndpoint(
        endpoint_id=found.endpoint_id,
        service_id=found.service_id,
        node=services[found.service_id],
        owner=found.owner,
        state=found.state,
        first_seen=moment,
        last_seen=moment,
    )


def _seen_at(endpoint: SeenEndpoint, moment: str) -> SeenEndpoint:
    return endpoint if endpoint.missing else endpoint.model_copy(update={"last_seen": moment})


def _is_told(former: SeenEndpoint, known: Mapping[str, SeenEndpoint | None]) -> bool:
    """Whether anybody is told what became of it: that one look did not list it is written down only."""
    after = known[former.endpoint_id]
    return after is None or after.state != former.state


def _change(former: SeenEndpoint, after: SeenEndpoint | None, ververica: str) -> EndpointChange:
    if after is None:
        return _changed(former, "gone", None, former.state, ververica)
    return _changed(former, "changed", after.state, former.state, ververica)


def _changed(
    of: SeenEndpoint,
    change: Literal["new", "changed", "gone"],
    state: str | None,
    former_state: str | None,
    ververica: str,
) -> EndpointChange:
    return EndpointChange(
        endpoint_id=of.endpoint_id,
        node=of.node,
        service_id=of.service_id,
        owner=of.owner,
        stranger=of.owner != ververica,
        change=change,
        state=state,
        former_state=former_state,
    )
