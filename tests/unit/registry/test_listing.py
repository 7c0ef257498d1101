"""Which connections there are, and everything about one of them."""

from typing import get_args

import pytest

from private_connection.errors import NothingFound, Throttled
from private_connection.registry.entries import Status
from private_connection.registry.listing import (
    ListConnections,
    ListedConnection,
    ShowConnection,
    list_connections,
    show_connection,
)
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.registry.stage import FakeTable, a_holder, a_last_run, a_run, a_seen_endpoint, ago, settled


def listed() -> dict[str, ListedConnection]:
    return {each.connection: each for each in list_connections(ListConnections()).connections}


def test_there_may_be_none(table: FakeTable) -> None:
    assert list_connections(ListConnections()).connections == ()


def test_connections_are_listed_by_name(table: FakeTable) -> None:
    for name in ("search", "orders", "billing"):
        table.lay(connection=name, status="READY")
    assert list(listed()) == ["billing", "orders", "search"]


def test_a_line_says_what_it_is_and_what_is_to_be_done(table: FakeTable) -> None:
    table.lay(
        **settled("READY", findings=[{"code": "A"}, {"code": "B"}], lastRun=a_last_run("run-1", "FAILED", error="E")),
        request={"reconcile": "report"},
        unfinished={"run-x": ago(hours=1)},
    )
    (found,) = listed().values()
    assert found.model_dump(by_alias=True) == {
        "connection": "redis-demo",
        "status": "READY",
        "revision": 3,
        "working": None,
        "reconcile": "report",
        "findings": 2,
        "lastRun": a_last_run("run-1", "FAILED", error="E"),
        "unfinished": ("run-x",),
        "changedAt": ago(days=1),
    }


@pytest.mark.parametrize("status", [*get_args(Status), None])
def test_findings_are_counted_of_what_there_is_and_not_of_what_there_was(
    table: FakeTable, status: Status | None
) -> None:
    table.lay(**settled(status, findings=[{"code": "A"}]))
    (found,) = listed().values()
    assert found.findings == (1 if status == "READY" else None)


def test_who_works_is_the_innermost_run(table: FakeTable) -> None:
    table.lay(connection="a", holder=a_holder("run-1"), worker=a_run("rollback-1"))
    table.lay(connection="b", holder=a_holder("run-1"))
    table.lay(connection="c", worker=a_run("rollback-1"))
    working = {name: each.working and each.working.model_dump() for name, each in listed().items()}
    assert working == {"a": a_run("rollback-1"), "b": a_run("run-1"), "c": a_run("rollback-1")}


def test_what_cannot_be_read_is_named_and_hides_no_other(table: FakeTable) -> None:
    table.lay(connection="orders", status="READY")
    table.lay(connection="later", schema=2)
    table.lay(connection="by-hand", colour="blue")
    for number, mode in enumerate(("sometimes", 5, ["off"])):
        table.lay(connection=f"odd-{number}", request={"reconcile": mode})
    found = list_connections(ListConnections())
    assert ([each.connection for each in found.connections], found.unreadable) == (
        ["orders"],
        ("by-hand", "later", "odd-0", "odd-1", "odd-2"),
    )


def test_one_is_shown_whole(table: FakeTable) -> None:
    table.lay(**settled("READY", request={"shards": 3}, handoff={"status": "READY"}, holder=a_holder("run-1")))
    shown = show_connection(ShowConnection(connection="redis-demo")).model_dump(mode="json", by_alias=True)
    assert {key: value for key, value in shown.items() if value} == table.shows()


def test_what_sweeps_have_seen_and_told_is_shown_too(table: FakeTable) -> None:
    told = [{"code": "STRANGER_CONNECTED", "node": "redis-demo-001"}]
    table.lay(**settled("READY", seen=[a_seen_endpoint(owner="210987654321")], told=told))
    shown = show_connection(ShowConnection(connection="redis-demo")).model_dump(mode="json", by_alias=True)
    assert (shown["seen"], shown["told"]) == ([a_seen_endpoint(owner="210987654321")], told)


def test_one_that_nobody_knows_is_not_shown(table: FakeTable) -> None:
    with pytest.raises(NothingFound, match=r"showing connection \(redis-demo\): the registry has no item of it"):
        show_connection(ShowConnection(connection="redis-demo"))


def test_a_throttled_list_is_to_be_asked_for_again(aws: FakeAws) -> None:
    aws.answers("Scan", Refusal("ThrottlingException"))
    with pytest.raises(Throttled, match=r"listing the registry \(connections\)"):
        list_connections(ListConnections())
