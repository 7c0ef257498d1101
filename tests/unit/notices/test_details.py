"""What of an event goes where it is too large."""

import json

import pytest

from private_connection.notices.details import ROOM, detail_of, fitted
from private_connection.notices.events import ConnectionChanged, Notice
from private_connection.notices.remembered import ToldFinding
from tests.unit.notices.made import FINDING, ORIGIN, a_change, a_ready, an_endpoint, an_endpoint_change
from tests.unit.notices.schemas import schema_of


@pytest.mark.parametrize("nodes", [90, 150])
def test_the_largest_connections_are_told_whole(nodes: int) -> None:
    names = [f"{'c' * 40}-{number:04}-001" for number in range(nodes)]
    ready = a_ready(
        findings=tuple(ToldFinding(code="C" * 30, level="warning", field="f" * 60) for _ in range(100)),
        changes=tuple(map(a_change, names)),
        endpoints=tuple(map(an_endpoint, names)),
    )
    assert fitted(ready) == ready
    assert len(detail_of(ready).encode()) < ROOM


def large(kind: str, entries: int) -> tuple[Notice, dict[str, int]]:
    """An event and how much of each list goes into it."""
    node = "é" * 100
    if kind == "endpoints":
        return a_ready(endpoints=(an_endpoint(node),) * entries), {"findings": 1, "changes": 1, "endpoints": entries}
    if kind == "findings":
        return a_ready(findings=(FINDING.model_copy(update={"field": node}),) * entries), {"findings": entries}
    changes = tuple(map(an_endpoint_change, range(entries)))
    return ConnectionChanged(**ORIGIN.of(ConnectionChanged), endpoints=changes), {"endpoints": entries}


@pytest.mark.parametrize("kind", ["endpoints", "findings", "connections"])
def test_an_event_that_is_too_large_says_how_many_it_leaves_out(kind: str) -> None:
    notice, entries = large(kind, 3_000)
    detail = json.loads(text := detail_of(notice))
    schema_of(notice.detail_type).validate(detail)
    assert ROOM * 0.99 < len(text.encode()) <= ROOM
    assert {name: len(detail[name]) + left for name, left in detail["leftOut"].items()} == entries
    kept = len(detail["endpoints"])
    assert detail["endpoints"] == json.loads(notice.model_dump_json(by_alias=True))["endpoints"][:kept], "the first"


def test_endpoints_are_cut_last() -> None:
    findings = (FINDING.model_copy(update={"field": "f" * 60}),) * 3_000
    ready = fitted(a_ready(findings=findings, endpoints=tuple(an_endpoint(str(each)) for each in range(150))))
    assert list(ready.left_out) == ["findings"]
    assert (len(ready.changes), len(ready.endpoints)) == (1, 150)


def test_what_is_left_out_before_is_counted_too() -> None:
    changes = tuple(map(an_endpoint_change, range(3_000)))
    about = ORIGIN.of(ConnectionChanged)
    cut = fitted(ConnectionChanged(**about, endpoints=changes, left_out={"endpoints": 7}))
    assert len(cut.endpoints) + cut.left_out["endpoints"] == 3_007
    few = ConnectionChanged(**about, endpoints=changes[:1], left_out={"endpoints": 7})
    assert fitted(few) == few
