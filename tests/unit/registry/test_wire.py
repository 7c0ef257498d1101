"""What DynamoDB has of an item, and the sweeps' item where that cannot be read."""

from typing import Any, Final

import pytest

from private_connection.errors import NotOurs
from private_connection.registry.entries import Cursor, Entry, Run, Sweep
from private_connection.registry.wire import WHY_AT_MOST, on_the_wire, read_item, read_sweep
from tests.unit.builders import Json
from tests.unit.registry.stage import a_run, wire

SWEEP: Final[Json] = {"connection": "#sweep", "schema": 1, "version": "v"}
RUN: Final = Run.model_validate(a_run("sweep-1"))


def test_what_is_null_has_no_place_in_an_item() -> None:
    assert on_the_wire(Sweep(version="v")).keys() == {"connection", "schema", "version", "again", "looks"}


def test_the_sweeps_item_is_read_as_it_was_written() -> None:
    sweep = Sweep(version="v", holder=RUN, again=True, looks=2, cursor=Cursor(connection="orders", node="orders-001"))
    assert read_sweep(on_the_wire(sweep)) == sweep


@pytest.mark.parametrize(
    ("holder", "held"),
    [
        (a_run("sweep-1"), RUN),
        ({**a_run("sweep-1"), "colour": "blue"}, RUN),
        ({"maker": "sweep-1"}, None),
        ({**a_run("sweep-1"), "since": "now"}, None),
        ("sweep-1", None),
        (["sweep-1"], None),
    ],
)
@pytest.mark.parametrize(("version", "kept"), [("v", "v"), (7, None), (["v"], None)])
def test_of_one_that_cannot_be_read_there_is_who_works_and_what_a_write_demands(
    holder: Any, held: Run | None, version: Any, kept: str | None
) -> None:
    sweep = read_sweep(wire({**SWEEP, "schema": 2, "version": version, "holder": holder, "again": True, "looks": 3}))
    assert sweep.unread is not None
    assert sweep == Sweep(version=kept, holder=held, unread=sweep.unread)


def test_why_it_could_not_be_read_has_room_on_the_next_one() -> None:
    unread = read_sweep(wire({**SWEEP, **{f"attribute{number}": "x" for number in range(99)}})).unread
    assert unread is not None
    assert len(unread) == WHY_AT_MOST


def test_an_item_of_a_connection_that_cannot_be_read_is_nobodys_to_change() -> None:
    with pytest.raises(NotOurs, match=r"reading the registry \(orders\)"):
        read_item(wire({"connection": "orders", "schema": 2}), Entry)
