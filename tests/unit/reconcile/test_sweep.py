"""Find drift: every connection that is READY is compared, and what does not fit into an answer is counted."""

from datetime import timedelta
from typing import Any, Final

import pytest

from private_connection.errors import AwsRejected, Terminal
from private_connection.reconcile import connected, sweep
from private_connection.reconcile.account import Account
from private_connection.reconcile.changed import Changed
from private_connection.reconcile.compared import Compared
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.selection import (
    ANSWER,
    BATCH,
    SHARE,
    Batch,
    Chosen,
    ChosenConnection,
    ChosenNode,
)
from private_connection.reconcile.sweep import NEWS_AT_MOST, ROOM, FindDrift, FoundDrift, find_drift
from private_connection.registry.entries import Cursor, Entry
from private_connection.registry.sightings import Told
from private_connection.registry.table import written
from tests.unit.reconcile.made import a_handoff, an_account, an_entry, asked
from tests.unit.registry.stage import NOW

ADDRESS: Final = Drift(code="ADDRESS_CHANGED", node="redis-demo-001")
SERVICE: Final = Drift(code="SERVICE_GONE", node="redis-demo-001")
GONE: Final = Drift(code="CLUSTER_GONE")
AT: Final = Cursor(connection="carts", node="carts-002")
FURTHER: Final = Cursor(connection="orders", node="orders-001")
LONGEST: Final = "c" * 26


class Stage:
    """The registry's items, and what has drifted of each connection."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.unreadable: list[str] = []
        self.drift: dict[str, tuple[Drift, ...]] = {}
        self.looks: list[list[str]] = []
        self.chosen_of: list[tuple[list[str], Cursor | None]] = []
        self.batches: tuple[Batch, ...] = ()
        self.refused: dict[str, Terminal] = {}

    def list_readable(self) -> tuple[list[Entry], list[str]]:
        return self.entries, list(self.unreadable)

    def look(self, connections: list[Connected]) -> Account:
        self.looks.append([each.name for each in connections])
        return an_account(refused=self.refused)

    def choose(self, compared: list[Compared], account: Account, cursor: Cursor | None) -> Chosen:
        self.chosen_of.append(([each.connection.name for each in compared], cursor))
        return Chosen(batches=self.batches, cursor=FURTHER)

    def choose_all(self, compared: list[Compared], account: Account, cursor: Cursor | None) -> Chosen:
        self.chosen_of.append(([each.connection.name for each in compared], None))
        return Chosen(batches=self.batches, cursor=cursor)

    def drift_of(self, connection: Connected, account: Account) -> tuple[Drift, ...]:
        assert account == an_account(refused=self.refused)
        return self.drift.get(connection.name, ())


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage()
    for name in ("list_readable", "look", "drift_of", "choose", "choose_all"):
        monkeypatch.setattr(sweep, name, getattr(made, name))
    monkeypatch.setattr(connected, "now", lambda: NOW)
    return made


def found(connection: str | None = None) -> FoundDrift:
    return find_drift(FindDrift(connection=connection, cursor=AT))


def test_without_connections_nothing_is_looked_at(stage: Stage) -> None:
    assert found() == FoundDrift(
        connections=0,
        busy=0,
        off=0,
        held_long=(),
        drifted=(),
        left_over=0,
        unhealthy_nodes=0,
        stranger_requests=0,
        repairs_failed=0,
        unreadable=(),
        records_unreadable=0,
        findings=(),
        chosen=Chosen(batches=(), cursor=AT),
        news=(),
        news_left=0,
    )
    assert stage.looks == []


def test_the_worst_comes_first_with_its_revision(stage: Stage) -> None:
    stage.entries = [an_entry(name) for name in ("a", "b", "c", "d", "e")]
    stage.drift = {"a": (GONE,), "b": (SERVICE,), "c": (ADDRESS, GONE), "e": (SERVICE,)}
    answer = found()
    assert [(each.connection, each.revision, each.drift) for each in answer.drifted] == [
        ("c", 3, (ADDRESS, GONE)),
        ("b", 3, (SERVICE,)),
        ("e", 3, (SERVICE,)),
        ("a", 3, (GONE,)),
    ]
    assert (answer.connections, answer.left_over, len(stage.looks)) == (5, 0, 1)


def a_run(machine: str | None = None, hours: int = 1) -> dict[str, Any]:
    since = written(NOW - timedelta(hours=hours))
    return {"execution": "arn", "maker": "run-1", "since": since, **({"machine": machine} if machine else {})}


def test_only_what_is_ready_and_at_rest_is_compared(stage: Stage) -> None:
    others = ("PROVISIONING", "FAILED", "TEARING_DOWN", "TORN_DOWN", None)
    stage.entries = [
        an_entry("a"),
        *(an_entry(f"x{number}", status=status) for number, status in enumerate(others)),
        an_entry("held", holder=a_run("provision")),
        an_entry("worked-on", worker=a_run()),
    ]
    answer = found()
    assert (stage.looks, answer.connections, answer.busy) == ([["a"]], 1, 2)


def test_a_run_on_what_is_not_to_be_looked_at_asks_for_no_other_look(stage: Stage) -> None:
    off = an_entry("held", holder=a_run("provision"))
    stage.entries = [off.model_copy(update={"request": {**(off.request or {}), "reconcile": "off"}})]
    assert found().busy == 0


def test_what_a_run_has_held_for_long_is_compared_all_the_same(stage: Stage) -> None:
    stage.entries = [an_entry("held", holder=a_run("provision", hours=2)), an_entry("worked-on", worker=a_run(hours=2))]
    answer = found()
    assert (stage.looks, answer.connections, answer.busy) == ([["held", "worked-on"]], 2, 0)


@pytest.mark.parametrize(
    ("asked_for", "by_default", "mode"),
    [
        (None, "repair", "repair"),
        (None, "report", "report"),
        ("repair", "off", "repair"),
        ("report", "repair", "report"),
    ],
)
def test_what_becomes_of_drift_is_what_the_connection_asks_for_or_the_deployment_says(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, asked_for: str | None, by_default: str, mode: str
) -> None:
    monkeypatch.setenv("RECONCILE_MODE", by_default)
    stage.entries = [an_entry("a", request=asked(connection="a", reconcile=asked_for))]
    stage.drift = {"a": (ADDRESS,)}
    assert [each.mode for each in found().drifted] == [mode]


@pytest.mark.parametrize(("asked_for", "by_default"), [("off", "repair"), (None, "off")])
def test_a_connection_that_asks_for_it_is_not_looked_at(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, asked_for: str | None, by_default: str
) -> None:
    monkeypatch.setenv("RECONCILE_MODE", by_default)
    stage.entries = [an_entry("a", request=asked(connection="a", reconcile=asked_for))]
    stage.drift = {"a": (ADDRESS,)}
    answer = found()
    assert (answer.connections, answer.off, answer.drifted, stage.looks) == (0, 1, (), [])


def test_one_connection_alone_is_compared_where_it_was_asked_for(stage: Stage) -> None:
    stage.entries = [an_entry("a"), an_entry("b")]
    stage.drift = {"a": (ADDRESS,), "b": (ADDRESS,)}
    answer = found("b")
    assert ([each.connection for each in answer.drifted], stage.looks) == (["b"], [["b"]])


def test_what_cannot_be_read_is_named_and_stops_nothing(stage: Stage) -> None:
    stage.entries = [an_entry("a"), an_entry("b", handoff={"status": "READY"})]
    stage.unreadable = ["z"]
    stage.drift = {"a": (ADDRESS,)}
    answer = found()
    assert (answer.unreadable, answer.connections, len(answer.drifted)) == (("b", "z"), 1, 1)
    (told,) = answer.findings
    assert (answer.records_unreadable, told.code, told.level) == (2, "RECORD_UNREADABLE", "warning")
    assert told.message.startswith("found b, z, whose items")


def test_a_connection_whose_role_aws_does_not_show_is_told_and_counts_as_before(stage: Stage) -> None:
    """A repair of it would end at the same look."""
    arns = [f"arn:aws:iam::123456789012:role/kept-{name}" for name in ("b", "c")]
    kept = [a_handoff(connection=name, role_arn=arn) for name, arn in zip(("b", "c"), arns, strict=True)]
    entries = [an_entry(each.connection, handoff=each.model_dump(mode="json", by_alias=True)) for each in kept]
    down = Told(code="NODE_UNHEALTHY", node="redis-demo-001")
    stage.entries = [an_entry("a"), *(each.model_copy(update={"told": (down,)}) for each in entries)]
    stage.drift = dict.fromkeys(("a", "b", "c"), (ADDRESS,))
    stage.refused = {arn: AwsRejected(f"looking up role ({arn}): no [AccessDenied]") for arn in arns}
    answer = found()
    assert [each.connection for each in answer.drifted] == ["a"]
    assert (answer.connections, answer.busy, answer.unhealthy_nodes, answer.news) == (1, 0, 2, ())
    (told,) = answer.failure
    assert told.error == "AwsRejected"
    assert told.cause == f"looking at connection (b): looking up role ({arns[0]}): no [AccessDenied] (and 1 more)"


def test_a_thousand_drifted_connections_fit_with_the_rest_counted(stage: Stage) -> None:
    names = [f"{LONGEST}-{number:04}" for number in range(1_000)]
    stage.entries = [an_entry(name) for name in names]
    nodes = [Drift(code="LOAD_BALANCER_GONE", node=f"{'n' * 40}-{number:04}-001") for number in range(3)]
    stage.drift = dict.fromkeys(names, (*nodes, Drift(code="ROLE_GONE")))
    stage.unreadable = [f"{LONGEST}-z{number:03}" for number in range(1_000)]
    answer = found()
    told = len(answer.drifted)
    assert (answer.connections, told + answer.left_over) == (1_000, 1_000)
    assert answer.left_over > 0
    assert answer.news == (), "a repair tells of what it mends"
    assert [each.connection for each in answer.drifted] == names[:told]
    size = len(answer.model_dump_json(by_alias=True))
    assert ROOM - 9_000 < size < ROOM - 1_000


def addresses(nodes: int) -> tuple[Drift, ...]:
    return tuple(Drift(code="ADDRESS_CHANGED", node=f"{'n' * 40}-{number:04}") for number in range(nodes))


def test_one_that_is_too_large_for_what_is_left_makes_room_for_others(stage: Stage) -> None:
    stage.entries = [an_entry("a"), an_entry("b"), an_entry("c")]
    stage.drift = {"a": addresses(1_000), "b": addresses(1_000), "c": (GONE,)}
    answer = found()
    assert ([each.connection for each in answer.drifted], answer.left_over) == (["a", "c"], 1)


def test_one_that_is_too_large_by_itself_is_told_with_the_worst(stage: Stage) -> None:
    stage.entries = [an_entry("a")]
    stage.drift = {"a": addresses(2_000)}
    answer = found()
    (told,) = answer.drifted
    assert answer.left_over == 0
    assert len(told.drift) > 1_000
    assert told.drift == addresses(2_000)[: len(told.drift)]
    assert len(answer.model_dump_json(by_alias=True)) < ROOM


# ------------------------------------------------------------------ what is looked at closely


def test_the_next_nodes_are_chosen_of_all_that_were_compared(stage: Stage) -> None:
    stage.entries = [an_entry("b"), an_entry("a"), an_entry("off", request=asked(connection="off", reconcile="off"))]
    assert found().chosen.cursor == FURTHER
    assert stage.chosen_of == [(["a", "b"], AT)]


def test_one_that_was_asked_for_is_looked_at_whole_and_leaves_the_cursor(stage: Stage) -> None:
    stage.entries = [an_entry("a"), an_entry("b")]
    assert found("b").chosen.cursor == AT
    assert stage.chosen_of == [(["b"], None)]


def the_largest(batches: int) -> tuple[Batch, ...]:
    end = f"{'n' * 32}/{'0' * 16}"
    node = ChosenNode(node="n" * 50, load_balancer=end, target_group=end, cross_zone=False)
    one = ChosenConnection(connection=LONGEST, revision=10_000, mode="repair", policy=False, nodes=(node,))
    return (Batch(connections=(one,) * BATCH, unhealthy_before=0),) * batches


@pytest.mark.parametrize("batches", [1, 6, -(-SHARE // BATCH)])
def test_what_drifted_and_what_is_to_be_looked_at_fit_together(stage: Stage, batches: int) -> None:
    names = [f"{LONGEST}-{number:04}" for number in range(1_000)]
    stage.entries = [an_entry(name) for name in names]
    stage.drift = dict.fromkeys(names, (ADDRESS, Drift(code="ROLE_GONE")))
    stage.batches = the_largest(batches)
    answer = found()
    drifted_alone = answer.model_copy(update={"chosen": Chosen(batches=(), cursor=None)})
    found_then = len(drifted_alone.model_dump_json(by_alias=True)) + ANSWER * batches
    assert ROOM - 9_000 < max(found_then, len(answer.model_dump_json(by_alias=True))) < ROOM - 1_000
    assert len(answer.drifted) + answer.left_over == 1_000
    assert len(answer.drifted) >= 100


# ------------------------------------------------------------------ what is new


def test_what_is_new_is_named_with_its_revision(stage: Stage) -> None:
    told = (Told(code=GONE.code, node=GONE.node),)
    stage.entries = [an_entry("a"), an_entry("b", told=told), an_entry("c", told=told), an_entry("d")]
    stage.drift = {"a": (GONE,), "b": (GONE,), "d": (ADDRESS,)}
    answer = found()
    assert answer.news == tuple(Changed(connection=name, revision=3, modifying=False) for name in "ac")
    assert answer.news_left == 0


def test_of_more_than_one_sweep_writes_down_the_rest_is_counted(stage: Stage) -> None:
    names = [f"c{number:03}" for number in range(NEWS_AT_MOST + 20)]
    stage.entries = [an_entry(name) for name in names]
    stage.drift = dict.fromkeys(names, (GONE,))
    answer = found()
    assert ([each.connection for each in answer.news], answer.news_left) == (names[:NEWS_AT_MOST], 20)


def test_of_one_whose_drift_had_no_room_nothing_is_written_down(stage: Stage) -> None:
    """Record news would take it for one that has not drifted any more."""
    stage.entries = [an_entry("a"), an_entry("b", told=(Told(code=GONE.code),)), an_entry("c")]
    large = tuple(Drift(code="STRANGER_CONNECTED", node=f"{'n' * 40}-{number:04}") for number in range(1_000))
    stage.drift = {"a": large, "b": large, "c": (GONE,)}
    answer = found()
    assert ([each.connection for each in answer.news], answer.left_over, answer.news_left) == (["a", "c"], 1, 1)


# ------------------------------------------------------------------ what is counted


def test_nodes_and_strangers_are_counted_over_all_that_was_found_also_where_it_has_no_room(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "ROOM", 0)
    dead, stranger = Drift(code="NODE_UNAVAILABLE", node="n-1"), Drift(code="STRANGER_CONNECTED", node="n-2")
    stage.entries = [an_entry(name) for name in ("a", "b")]
    stage.drift = {"a": (dead, stranger), "b": (ADDRESS, dead)}
    answer = found()
    assert (answer.drifted, answer.left_over) == ((), 2)
    assert (answer.unhealthy_nodes, answer.stranger_requests) == (2, 1)
