"""One sweep at a time, and none that was asked for is lost."""

import json
from typing import Any, Final

import pytest
import time_machine

from private_connection.errors import InvalidRequest
from private_connection.registry.entries import Cursor, Sweep
from private_connection.registry.sweeps import (
    ClaimedSweep,
    ClaimSweep,
    Counts,
    RecordSweep,
    claim_sweep,
    record_sweep,
)
from private_connection.registry.table import list_readable
from private_connection.registry.wire import WHY_AT_MOST
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws
from tests.unit.registry.stage import FakeExecutions, FakeTable, Way, a_run, ago, arn, maker, settled

LOOKS: Final = 3
"""How often a sweep looks at most."""
WAYS: Final[list[Way]] = ["botocore", "step"]


SEEN: Final[dict[str, Sweep]] = {}
"""What each sweep of a test was told when it claimed, as the machine hands it on."""


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


def claim(name: str, document: Any = None) -> ClaimedSweep:
    asked = {} if document is None else document
    claimed = claim_sweep(ClaimSweep(input=asked, execution=arn(name), maker=maker(name)))
    SEEN[name] = ClaimedSweep.model_validate_json(claimed.model_dump_json(by_alias=True)).item
    return claimed


def record(name: str, looks: int = 1, cursor: Cursor | None = None, counts: Counts | None = None) -> str:
    may_look_again = 0 < looks < LOOKS
    seen = SEEN.get(name, Sweep())
    request = RecordSweep(
        maker=maker(name), looks=looks, may_look_again=may_look_again, cursor=cursor, seen=seen, counts=counts
    )
    return record_sweep(request).next


def shown(table: FakeTable) -> Json:
    """The sweeps' item."""
    item = table.shows("#sweep")
    assert item is not None
    return item


def works(executions: FakeExecutions, *names: str) -> None:
    executions.are("RUNNING", *names)


@pytest.mark.parametrize("document", [{}, {"connection": None}, [], [{"body": "{"}, "anything"]])
def test_a_sweep_of_all_connections_is_claimed_and_ended(table: FakeTable, document: Any) -> None:
    claimed = claim("sweep-1", document)
    assert (claimed.maker, claimed.held, claimed.connection, claimed.cursor) == (maker("sweep-1"), True, None, None)
    assert shown(table)["holder"] == {"execution": arn("sweep-1"), "maker": maker("sweep-1"), "since": ago()}
    assert record("sweep-1") == "end"
    assert claim("sweep-2").held


def test_one_that_nobody_disturbed_ends_in_one_write_and_without_a_look_at_the_item(
    aws: FakeAws, table: FakeTable
) -> None:
    claim("sweep-1")
    assert aws.operations == ["GetItem", "PutItem"]
    assert record("sweep-1") == "end"
    assert aws.operations == ["GetItem", "PutItem", "PutItem"]
    assert "holder" not in shown(table)


def test_what_was_asked_for_since_the_claim_is_seen_although_nobody_looks(
    table: FakeTable, executions: FakeExecutions
) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    claim("sweep-2")
    assert record("sweep-1", LOOKS) == "start another"
    assert shown(table)["again"]


def test_one_connection_can_be_asked_for(table: FakeTable) -> None:
    assert claim("sweep-1", {"connection": "orders"}).connection == "orders"


@pytest.mark.parametrize(
    ("document", "fragment"),
    [
        ("orders", "expected a JSON object; remedy: send {}"),
        ({"connection": "Orders"}, 'connection: found "Orders"'),
        ({"conection": "orders"}, "conection: found an unknown key"),
    ],
)
def test_what_asks_for_nothing_known_is_refused_and_claims_nothing(
    table: FakeTable, document: Any, fragment: str
) -> None:
    with pytest.raises(InvalidRequest, match=fragment):
        claim("sweep-1", document)
    assert table.items == {}


def test_whoever_asks_meanwhile_is_looked_for_once_more(table: FakeTable, executions: FakeExecutions) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    assert not claim("sweep-2").held
    assert not claim("sweep-3").held
    assert record("sweep-1", 1) == "look again"
    assert record("sweep-1", 2) == "end"


def test_a_sweep_looks_so_often_and_then_another_one_is_started(table: FakeTable, executions: FakeExecutions) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    for looks in range(1, LOOKS):
        assert not claim("sweep-2").held
        assert record("sweep-1", looks) == "look again"
    assert not claim("sweep-2").held
    assert record("sweep-1", LOOKS) == "start another"
    assert claim("sweep-3").held
    works(executions, "sweep-3")
    assert record("sweep-3") == "end"


def test_a_sweep_that_failed_looks_no_more_and_what_was_asked_meanwhile_is_started(
    table: FakeTable, executions: FakeExecutions
) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    assert not claim("sweep-2").held
    assert record("sweep-1", 0) == "start another"
    claim("sweep-3")
    assert record("sweep-3", 0) == "end"


@pytest.mark.parametrize("lost", WAYS)
@pytest.mark.parametrize("asked_before", [True, False])
@pytest.mark.parametrize(("looks", "told"), [(1, "look again"), (LOOKS, "start another"), (0, "start another")])
def test_what_was_told_is_told_again_where_the_answer_was_lost(
    table: FakeTable, executions: FakeExecutions, lost: Way, looks: int, told: str, *, asked_before: bool
) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    if asked_before:
        claim("sweep-2")
    table.lost = [lost]
    expected = told if asked_before else "end"
    try:
        assert record("sweep-1", looks) == expected
    except Exception:  # noqa: BLE001  whatever the step ends in, Step Functions repeats it
        assert record("sweep-1", looks) == expected
    assert record("sweep-1", looks) == expected


def test_a_sweep_that_died_is_taken_over_and_leaves_nothing_to_finish(
    table: FakeTable, executions: FakeExecutions
) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    claim("sweep-2")
    executions.are("ABORTED", "sweep-1")
    assert claim("sweep-3").held
    assert shown(table)["again"] is False
    assert record("sweep-1") == "end"
    assert record("sweep-3") == "end"


def test_a_sweep_of_which_nobody_can_tell_whether_it_works_is_left_until_it_is_too_old(
    table: FakeTable, executions: FakeExecutions, clock: time_machine.Traveller
) -> None:
    claim("sweep-1")
    executions.refuse(DENIED, "sweep-1")
    assert not claim("sweep-2").held
    clock.shift(18 * 3600 + 1)
    assert claim("sweep-3").held


def test_claiming_again_is_the_same_claim(table: FakeTable, executions: FakeExecutions) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    claim("sweep-2")
    before = table.shows("#sweep")
    assert claim("sweep-1").held
    assert table.shows("#sweep") == before


OTHER_FORMS: Final[dict[str, Json]] = {
    "a later number": {"schema": 2},
    "an earlier number": {"schema": 0},
    "no number": {"schema": "new"},
    "another attribute": {"colour": "blue"},
    "another type": {"looks": "many"},
    "another cursor": {"cursor": "orders"},
    "another version": {"schema": 2, "version": 7},
    "an unreadable holder": {"holder": {"who": "somebody"}},
    "another holder": {"holder": "somebody", "again": True},
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_an_item_that_cannot_be_read_is_replaced_by_the_sweep_that_claims(table: FakeTable, form: str) -> None:
    table.lay(connection="#sweep", **OTHER_FORMS[form])
    claimed = claim("sweep-1")
    assert (claimed.held, claimed.cursor, claimed.item.unread is None) == (True, None, False)
    assert shown(table)["holder"]["maker"] == maker("sweep-1")
    assert record("sweep-1") == "end"
    assert "unread" not in shown(table)
    assert claim("sweep-2").item.unread is None


def test_one_without_any_version_is_replaced_too(table: FakeTable) -> None:
    table.items["#sweep"] = {"connection": {"S": "#sweep"}}
    table.items["#sweep"]["schema"] = {"N": "99"}
    assert claim("sweep-1").held


def test_that_it_could_not_be_read_is_said_until_a_sweep_has_looked(
    table: FakeTable, executions: FakeExecutions
) -> None:
    table.lay(connection="#sweep", schema=2)
    why = claim("sweep-1").item.unread
    assert why is not None
    assert "schema" in why
    assert len(why) <= WHY_AT_MOST
    assert claim("sweep-1").item.unread == why
    assert record("sweep-1", 0) == "end"
    executions.are("FAILED", "sweep-1")
    assert claim("sweep-2").item.unread == why
    assert record("sweep-2") == "end"
    assert claim("sweep-3").item.unread is None


def test_who_works_under_another_form_is_left_to_work(table: FakeTable, executions: FakeExecutions) -> None:
    works(executions, "sweep-1")
    table.lay(connection="#sweep", schema=2, holder={**a_run("sweep-1"), "colour": "blue"})
    assert not claim("sweep-2").held
    assert (shown(table)["holder"], shown(table)["again"]) == (a_run("sweep-1"), True)
    executions.are("ABORTED", "sweep-1")
    assert claim("sweep-3").held


def test_one_that_becomes_unreadable_meanwhile_keeps_the_sweep_from_nothing(table: FakeTable) -> None:
    claim("sweep-1")
    table.lay(connection="#sweep", schema=2)
    assert record("sweep-1") == "end"
    assert claim("sweep-2").held


def test_the_sweeps_item_is_no_connection(table: FakeTable) -> None:
    table.lay(**settled("READY"))
    claim("sweep-1")
    assert [each.connection for each in list_readable()[0]] == ["redis-demo"]


AT: Final = Cursor(connection="carts", node="carts-002")
FURTHER: Final = Cursor(connection="orders", node="orders-001")


def test_a_sweep_begins_where_the_one_before_has_ended(table: FakeTable, executions: FakeExecutions) -> None:
    assert claim("sweep-1").cursor is None
    record("sweep-1", cursor=AT)
    assert claim("sweep-2").cursor == AT
    record("sweep-2", cursor=FURTHER)
    assert claim("sweep-3").cursor == FURTHER


def test_a_sweep_that_failed_leaves_the_cursor(table: FakeTable) -> None:
    claim("sweep-1")
    record("sweep-1", cursor=AT)
    claim("sweep-2")
    record("sweep-2", looks=0, cursor=FURTHER)
    assert claim("sweep-3").cursor == AT


def test_a_sweep_that_died_has_moved_no_cursor_and_one_that_was_taken_over_moves_none(
    table: FakeTable, executions: FakeExecutions
) -> None:
    claim("sweep-1")
    record("sweep-1", cursor=AT)
    claim("sweep-2")
    executions.are("ABORTED", "sweep-2")
    assert claim("sweep-3").cursor == AT
    record("sweep-2", cursor=FURTHER)
    assert claim("sweep-3").cursor == AT


def test_a_sweep_that_looks_again_has_moved_the_cursor(table: FakeTable, executions: FakeExecutions) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    claim("sweep-2")
    assert record("sweep-1", 1, AT) == "look again"
    executions.are("ABORTED", "sweep-1")
    assert claim("sweep-3").cursor == AT


# ------------------------------------------------------------------ metrics

COUNTS: Final = Counts(
    drifted=2, unhealthy_nodes=1, stranger_requests=0, repairs_failed=3, records_unreadable=5, seconds=4.5
)
NUMBERS: Final = {
    "Drifted": 2,
    "UnhealthyNodes": 1,
    "StrangerRequests": 0,
    "RepairsFailed": 3,
    "RecordsUnreadable": 5,
    "SweepSeconds": 4.5,
}


def measured(capsys: pytest.CaptureFixture[str]) -> list[Json]:
    """The numbers of each line of metrics."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [{key: value for key, value in each.items() if key not in ("_aws", "Stack")} for each in lines]


def test_what_a_sweep_found_is_a_line_of_metrics(table: FakeTable, capsys: pytest.CaptureFixture[str]) -> None:
    claim("sweep-1")
    record("sweep-1", counts=COUNTS)
    assert measured(capsys) == [NUMBERS]


@pytest.mark.parametrize(("unknown", "metric"), [("repairs_failed", "RepairsFailed"), ("seconds", "SweepSeconds")])
def test_what_a_sweep_does_not_know_is_left_out(
    table: FakeTable, capsys: pytest.CaptureFixture[str], unknown: str, metric: str
) -> None:
    claim("sweep-1")
    record("sweep-1", counts=COUNTS.model_copy(update={unknown: None}))
    assert measured(capsys) == [{name: number for name, number in NUMBERS.items() if name != metric}]


def test_a_sweep_that_has_nothing_to_say_of_all_connections_says_nothing(
    table: FakeTable, capsys: pytest.CaptureFixture[str]
) -> None:
    claim("sweep-1")
    record("sweep-1", 0)
    assert measured(capsys) == []


def test_a_sweep_that_looks_again_speaks_when_it_ends(
    table: FakeTable, executions: FakeExecutions, capsys: pytest.CaptureFixture[str]
) -> None:
    claim("sweep-1")
    works(executions, "sweep-1")
    claim("sweep-2")
    assert record("sweep-1", 1, counts=COUNTS) == "look again"
    assert measured(capsys) == []
    record("sweep-1", 2, counts=COUNTS)
    assert len(measured(capsys)) == 1


def test_a_sweep_that_was_taken_for_dead_does_not_speak_for_the_one_that_works(
    table: FakeTable, executions: FakeExecutions, capsys: pytest.CaptureFixture[str]
) -> None:
    claim("sweep-1")
    executions.are("ABORTED", "sweep-1")
    claim("sweep-2")
    record("sweep-1", 1, counts=COUNTS)
    assert measured(capsys) == []
