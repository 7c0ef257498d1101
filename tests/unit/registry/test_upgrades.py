"""Items that an earlier deployment wrote are read as this one would have written them."""

from typing import Final

import pytest

from private_connection.errors import NotOurs
from private_connection.registry import wire
from private_connection.registry.entries import SCHEMA, JsonObject
from private_connection.registry.table import change_entry, find_entry, list_readable
from private_connection.registry.upgrades import UPGRADES, upgraded
from tests.unit.registry.stage import CONNECTION, FakeTable, said


def holder_has_a_maker(item: JsonObject) -> JsonObject:
    holder = item.get("holder")
    return {**item, "holder": {**holder, "maker": "unknown"}} if isinstance(holder, dict) else item


def colour_is_left_out(item: JsonObject) -> JsonObject:
    return {key: value for key, value in item.items() if key != "colour"}


OLDER: Final = {SCHEMA - 2: holder_has_a_maker, SCHEMA - 1: colour_is_left_out}
HELD: Final[JsonObject] = {
    "connection": CONNECTION,
    "version": "first",
    "holder": {"execution": "arn", "since": "2026-01-31T11:00:00Z", "machine": "provision"},
    "colour": "blue",
}


def test_there_is_an_upgrade_from_each_number_below_the_present_one() -> None:
    assert sorted(UPGRADES) == list(range(1, SCHEMA))


def test_upgrades_follow_each_other_up_to_the_present_form() -> None:
    item = upgraded({**HELD, "schema": SCHEMA - 2}, OLDER)
    assert item == {
        "connection": CONNECTION,
        "version": "first",
        "schema": SCHEMA,
        "holder": {
            "execution": "arn",
            "since": "2026-01-31T11:00:00Z",
            "machine": "provision",
            "maker": "unknown",
        },
    }
    assert upgraded({**HELD, "schema": SCHEMA - 1}, OLDER)["holder"] == HELD["holder"], "only what it needs"


@pytest.mark.parametrize("number", [SCHEMA, SCHEMA + 1, "1", None, 1.5])
def test_what_has_the_present_number_or_none_that_is_known_stays_as_it_is(number: int | str | None) -> None:
    item: JsonObject = {**HELD, "schema": number}
    assert upgraded(item, OLDER) == item


@pytest.fixture
def upgrading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "upgraded", lambda item: upgraded(item, OLDER))


@pytest.mark.usefixtures("upgrading")
def test_an_older_item_is_read_and_is_written_anew_only_where_something_changes(table: FakeTable) -> None:
    table.lay(**HELD, schema=SCHEMA - 2)
    seen = find_entry(CONNECTION)
    assert seen is not None
    assert seen.holder is not None
    assert (seen.holder.maker, seen.schema_number) == ("unknown", SCHEMA)
    change_entry(CONNECTION, lambda entry: entry, seen)
    assert table.shown("schema", "colour") == [SCHEMA - 2, "blue"]
    change_entry(CONNECTION, said("a"), seen)
    assert table.shown("schema", "colour", "request") == [SCHEMA, None, {"said": "a"}]


@pytest.mark.usefixtures("upgrading")
def test_one_of_a_later_deployment_is_not_read_and_stops_no_other(table: FakeTable) -> None:
    table.lay(connection="later", schema=SCHEMA + 1)
    table.lay(connection="older", schema=SCHEMA - 1)
    entries, unreadable = list_readable()
    assert ([each.connection for each in entries], unreadable) == (["older"], ["later"])
    with pytest.raises(NotOurs, match=rf"reading the registry \(later\).*schema {SCHEMA}"):
        find_entry("later")
