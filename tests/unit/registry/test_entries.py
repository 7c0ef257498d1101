"""The item of a connection, as a value."""

import json

import pytest
from pydantic import ValidationError

from private_connection.registry.entries import SCHEMA, Entry, Holder
from tests.unit.builders import Json
from tests.unit.registry.stage import CONNECTION, a_holder, a_last_run, a_run


def read(**attributes: object) -> Entry:
    return Entry.model_validate_json(json.dumps({"connection": CONNECTION, **attributes}))


def test_of_a_connection_without_an_item_nothing_is_known() -> None:
    entry = Entry(connection=CONNECTION)
    assert entry == read(schema=SCHEMA)
    assert (entry.status, entry.revision, entry.holder, entry.worker, entry.last_run) == (None, 0, None, None, None)
    assert (entry.request, entry.handoff, entry.findings) == (None, None, ())
    assert (entry.unfinished, entry.kept) == ({}, None)


def test_a_person_reads_it_in_camel_case() -> None:
    shown = read(holder=a_holder("run-1"), lastRun=a_last_run("run-0", "FAILED")).model_dump(by_alias=True)
    assert (shown["schema"], shown["lastRun"]["status"], shown["holder"]["onFailure"]) == (1, "FAILED", "rollback")


def test_a_holder_is_a_run_with_what_becomes_of_it() -> None:
    holder = Holder.model_validate(a_run("run-1") | {"machine": "teardown"})
    assert (holder.on_failure, holder.former) == (None, None)


@pytest.mark.parametrize(
    "attributes",
    [
        {"connection": "Redis"},
        {"schema": 2},
        {"status": "GONE"},
        {"revision": "1"},
        {"unfinished": {"run-1": 5}},
        {"holder": a_run("run-1")},
        {"worker": a_holder("run-1")},
        {"lastRun": a_last_run("run-1", "READY") | {"machine": "request"}},
        {"colour": "blue"},
    ],
    ids=str,
)
def test_what_is_of_another_form_is_none(attributes: Json) -> None:
    with pytest.raises(ValidationError):
        read(**attributes)
