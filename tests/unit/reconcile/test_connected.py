"""What an item of the registry says of a connection that is READY."""

from typing import Any

import pytest

from private_connection.errors import NotOurs
from private_connection.reconcile.connected import connected
from private_connection.registry.entries import Entry
from tests.unit.builders import Json
from tests.unit.reconcile.made import NAME, a_connected, a_handoff, asked


def an_entry(**changes: Any) -> Entry:
    handoff = a_handoff().model_dump(mode="json", by_alias=True)
    fields: Json = {"status": "READY", "revision": 7, "request": asked(), "handoff": handoff}
    return Entry(connection=NAME, **fields | changes)


def test_it_is_read_with_its_request_and_its_hand_off() -> None:
    found = connected(an_entry())
    assert found == a_connected(a_handoff())
    assert (found.name, found.revision, found.cluster_id) == (NAME, 7, NAME)


@pytest.mark.parametrize(
    "changes",
    [
        {"request": None},
        {"handoff": None},
        {"request": asked() | {"colour": "blue"}},
        {"handoff": {"status": "READY"}},
        {"request": asked(connection="another")},
        {"revision": 0},
        {"revision": -1},
    ],
    ids=str,
)
def test_one_of_another_form_is_named_with_a_remedy(changes: Json) -> None:
    message = rf"reading the registry \({NAME}\): the request or the hand-off .* run the connection's provision again"
    with pytest.raises(NotOurs, match=message):
        connected(an_entry(**changes))


def test_a_hand_off_of_another_connection_is_none_of_this_one() -> None:
    theirs = a_handoff(connection="another").model_dump(mode="json", by_alias=True)
    with pytest.raises(NotOurs, match=rf"is of {NAME}, or of another"):
        connected(an_entry(handoff=theirs))
