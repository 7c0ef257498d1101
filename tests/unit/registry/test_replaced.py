"""A record that was replaced comes back whole, though its findings are kept once."""

from typing import Any, Final

from private_connection.registry.entries import Entry
from private_connection.registry.replaced import record_of, taken_back
from tests.unit.builders import Json
from tests.unit.registry.stage import CONNECTION

FINDINGS: Final[list[Any]] = [{"code": "A"}, {"code": "B"}]
RECORD: Final[Json] = {"request": {"shards": 3}, "handoff": {"status": "READY", "findings": FINDINGS}}


def test_what_is_replaced_comes_back_with_its_findings() -> None:
    former = Entry(connection=CONNECTION, **RECORD, findings=tuple(FINDINGS))
    present = Entry(connection=CONNECTION, request={"shards": 4}, replaced=record_of(former))
    assert present.model_copy(update=taken_back(present) | {"replaced": None}) == former


def test_before_the_first_record_there_is_none_to_come_back() -> None:
    replaced = record_of(Entry(connection=CONNECTION))
    assert taken_back(Entry(connection=CONNECTION, **RECORD, findings=tuple(FINDINGS), replaced=replaced)) == {
        "request": None,
        "handoff": None,
        "findings": (),
    }


def test_where_nothing_was_replaced_the_record_stays() -> None:
    assert taken_back(Entry(connection=CONNECTION, **RECORD)) == {**RECORD, "findings": tuple(FINDINGS)}
