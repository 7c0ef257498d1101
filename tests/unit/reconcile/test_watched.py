"""Endpoints look by look: one comes, changes its state, is missing once, and is gone when it is missing twice."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from private_connection.notices.remembered import EndpointChange
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.reconcile.watched import SEEN_AT_MOST, Watched, watched, with_former_services
from private_connection.registry.sightings import SeenEndpoint
from tests.unit.reconcile.made import FIRST, SECOND, STRANGER, THIRD, VERVERICA, an_endpoint

NODES: Final = {f"vpce-svc-{node}": node for node in (FIRST, SECOND)}
BEFORE, NOW = "2026-01-31T11:00:00Z", "2026-01-31T12:00:00Z"


def seen(endpoint_id: str = "vpce-1", node: str = FIRST, **changes: Any) -> SeenEndpoint:
    fields = {
        "endpoint_id": endpoint_id,
        "service_id": f"vpce-svc-{node}",
        "node": node,
        "owner": VERVERICA,
        "state": "available",
        "first_seen": BEFORE,
        "last_seen": BEFORE,
    }
    return SeenEndpoint(**fields | changes)


def looked(former: Sequence[SeenEndpoint], *found: EndpointConnection) -> Watched:
    services = dict[str, list[EndpointConnection]]()
    for each in found:
        services.setdefault(each.service_id, []).append(each)
    return watched(former, services, NODES, VERVERICA, NOW)


def change(kind: Any, former_state: str | None, state: str | None, **changes: Any) -> EndpointChange:
    fields = {
        "endpoint_id": "vpce-1",
        "node": FIRST,
        "service_id": f"vpce-svc-{FIRST}",
        "owner": VERVERICA,
        "stranger": False,
        "change": kind,
        "state": state,
        "former_state": former_state,
    }
    return EndpointChange(**fields | changes)


def test_one_that_comes_is_told_with_its_state() -> None:
    after = looked([], an_endpoint("pendingacceptance"))
    assert after.seen == (seen(state="pendingacceptance", first_seen=NOW, last_seen=NOW),)
    assert after.changes == (change("new", None, "pendingacceptance"),)


def test_one_that_is_as_it_was_changes_nothing_not_even_when_it_was_seen() -> None:
    assert looked([seen()], an_endpoint()) == Watched((seen(),), ())


def test_another_state_is_told_with_the_one_before() -> None:
    after = looked([seen(state="pending")], an_endpoint("available"))
    assert after.seen == (seen(last_seen=NOW),)
    assert after.changes == (change("changed", "pending", "available"),)


@pytest.mark.parametrize("listed", [(), (an_endpoint("deleting"),), (an_endpoint("deleted"),)], ids=str)
def test_one_that_is_missing_once_is_written_down_and_told_to_nobody(listed: tuple[EndpointConnection, ...]) -> None:
    assert looked([seen()], *listed) == Watched((seen(missing=1),), ())


@pytest.mark.parametrize("listed", [(), (an_endpoint("deleted"),)], ids=str)
def test_one_that_is_missing_twice_is_gone(listed: tuple[EndpointConnection, ...]) -> None:
    assert looked([seen(missing=1)], *listed) == Watched((), (change("gone", "available", None),))
    assert looked([], *listed) == Watched((), ())


def test_one_that_is_listed_again_was_never_gone() -> None:
    assert looked([seen(missing=1)], an_endpoint()) == Watched((seen(last_seen=NOW),), ())
    assert looked([seen(missing=1)], an_endpoint("rejected")).changes == (change("changed", "available", "rejected"),)


def test_a_stranger_is_told_as_such() -> None:
    after = looked([], an_endpoint(owner=STRANGER))
    assert [each.owner for each in after.seen] == [STRANGER]
    assert after.changes == (change("new", None, "available", owner=STRANGER, stranger=True),)
    assert looked([seen(owner=STRANGER, missing=1)]).changes[0].stranger


@pytest.mark.parametrize("state", ["rejected", "failed", "expired", "deleting", "deleted"])
def test_one_that_has_ended_before_anybody_saw_it_is_no_news(state: str) -> None:
    assert looked([], an_endpoint(state)) == Watched((), ())


@pytest.mark.parametrize("state", ["rejected", "failed", "expired"])
def test_one_that_has_ended_stays_until_its_owner_deletes_it(state: str) -> None:
    after = looked([seen()], an_endpoint(state))
    assert after.changes == (change("changed", "available", state),)
    assert looked(after.seen, an_endpoint(state)) == Watched(after.seen, ())


def test_others_are_seen_at_the_same_moment() -> None:
    """So an item says of all endpoints when they were last there, whichever of them it was written for."""
    found = (an_endpoint(), an_endpoint(node=SECOND, endpoint_id="vpce-2"), an_endpoint(endpoint_id="vpce-0"))
    after = looked([seen("vpce-1"), seen("vpce-2", SECOND)], *found)
    assert [(each.endpoint_id, each.first_seen, each.last_seen) for each in after.seen] == [
        ("vpce-0", NOW, NOW),
        ("vpce-1", BEFORE, NOW),
        ("vpce-2", BEFORE, NOW),
    ]


def test_endpoints_at_a_service_that_it_had_before_are_watched_until_they_are_gone() -> None:
    former = [seen(node=THIRD)]
    assert looked(former, an_endpoint(node=THIRD)) == Watched(tuple(former), ())
    assert with_former_services(former, NODES) == {**NODES, f"vpce-svc-{THIRD}": THIRD}
    after = looked(former, an_endpoint("rejected", node=THIRD))
    assert [(each.change, each.node) for each in after.changes] == [("changed", THIRD)]


def test_endpoints_of_other_connections_are_left_aside() -> None:
    services: Mapping[str, Sequence[EndpointConnection]] = {"vpce-svc-other": [an_endpoint(node="other")]}
    assert watched([], services, NODES, VERVERICA, NOW) == Watched((), ())


def test_of_more_than_there_is_room_for_strangers_are_watched_first() -> None:
    own = [an_endpoint(endpoint_id=f"vpce-{number:04}") for number in range(SEEN_AT_MOST + 5)]
    strange = [an_endpoint(endpoint_id=f"vpce-s{number}", owner=STRANGER) for number in range(3)]
    after = looked([], *own, *strange)
    assert len(after.seen) == SEEN_AT_MOST
    assert {each.endpoint_id for each in after.seen if each.owner == STRANGER} == {"vpce-s0", "vpce-s1", "vpce-s2"}
    assert looked(after.seen, *own, *strange) == Watched(after.seen, ()), "and nothing is new in the next look"


def test_what_is_gone_makes_room() -> None:
    known = [seen(f"vpce-{number:04}") for number in range(SEEN_AT_MOST)]
    listed = [an_endpoint(endpoint_id=f"vpce-{number:04}") for number in range(1, SEEN_AT_MOST + 1)]
    once = looked(known, *listed)
    twice = looked(once.seen, *listed)
    thrice = looked(twice.seen, *listed)
    assert [len(each.seen) for each in (once, twice, thrice)] == [SEEN_AT_MOST, SEEN_AT_MOST - 1, SEEN_AT_MOST]
    assert [[one.change for one in each.changes] for each in (once, twice, thrice)] == [[], ["gone"], ["new"]]
