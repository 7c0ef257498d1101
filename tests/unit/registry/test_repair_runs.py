"""The repairs that an item remembers: through claims, records, releases and deaths of runs."""

import json
from typing import Any, Final

import pytest
import time_machine

from private_connection.errors import Overtaken, ServiceFault
from private_connection.registry.claims import claim_connection
from private_connection.registry.entries import Entry
from private_connection.registry.records import (
    RecordConnection,
    ReleaseConnection,
    record_connection,
    release_connection,
)
from private_connection.registry.recovery import ClaimDeadRun, claim_dead_run
from private_connection.registry.repair_runs import REMEMBERED, is_failing
from private_connection.request.models import DRIFT_AT_MOST, Repair
from tests.unit.builders import Json
from tests.unit.registry.handed_over import REQUEST, a_handoff
from tests.unit.registry.stage import (
    CONNECTION,
    LARGEST_ITEM,
    FakeExecutions,
    FakeTable,
    Way,
    a_holder,
    ago,
    arn,
    claiming,
    maker,
    settled,
    size_of,
)

DRIFT: Final = ("ADDRESS_CHANGED", "RULE_GONE")
EARLIER: Final[Json] = {"execution": arn("repair-0"), "at": ago(hours=1), "drift": ["RULE_GONE"], "failed": False}


def a_repair(name: str, *, failed: bool = False, at: str | None = None) -> Json:
    return {"execution": arn(name), "at": at or ago(), "drift": list(DRIFT), "failed": failed}


def claim(name: str, revision: int = 3) -> None:
    claim_connection(claiming(name, on_failure="keep", repair=Repair(revision=revision, drift=DRIFT)))


def record(name: str) -> None:
    record_connection(
        RecordConnection(connection=CONNECTION, maker=maker(name), request=REQUEST, handoff=a_handoff(nodes=0))
    )


def release(name: str, outcome: Any) -> None:
    release_connection(ReleaseConnection(connection=CONNECTION, maker=maker(name), outcome=outcome, error=None))


# ------------------------------------------------------------------ a claim


def test_a_repair_that_claims_is_remembered_with_what_it_was_started_for(
    table: FakeTable, clock: time_machine.Traveller
) -> None:
    table.lay(**settled("READY", repairs=[EARLIER]))
    claim("repair-1")
    assert table.shown("repairs") == [[EARLIER, a_repair("repair-1")]]
    clock.shift(600)
    claim("repair-1")
    assert table.shown("repairs") == [[EARLIER, a_repair("repair-1")]], "claiming again is the same claim"


@pytest.mark.parametrize("way", ["botocore", "step"])
def test_a_repair_whose_claim_was_not_heard_of_is_remembered_once(table: FakeTable, way: Way) -> None:
    table.lay(**settled("READY"))
    table.lost = [way]
    if way == "step":
        with pytest.raises(ServiceFault):
            claim("repair-1")
    claim("repair-1")
    assert table.shown("repairs") == [[a_repair("repair-1")]]


def test_a_repair_that_was_overtaken_is_none(table: FakeTable) -> None:
    table.lay(**settled("READY", repairs=[EARLIER]))
    with pytest.raises(Overtaken):
        claim("repair-1", revision=2)
    assert table.shown("repairs") == [[EARLIER]]


@pytest.mark.parametrize("machine", ["provision", "teardown"])
def test_a_run_that_repairs_nothing_is_none(table: FakeTable, machine: str) -> None:
    table.lay(**settled("READY", repairs=[EARLIER]))
    claim_connection(claiming("run-1", machine=machine))
    assert table.shown("repairs") == [[EARLIER]]


def test_the_last_repairs_are_remembered(table: FakeTable) -> None:
    many = [EARLIER | {"execution": arn(f"repair-{number}")} for number in range(REMEMBERED)]
    table.lay(**settled("READY", repairs=many))
    claim("repair-x")
    assert table.shown("repairs") == [[*many[1:], a_repair("repair-x")]]


def test_the_longest_memory_takes_a_tenth_of_an_item(table: FakeTable) -> None:
    """The hand-offs of the largest connection need the rest."""
    one = {"execution": arn("r" * 80), "at": ago(), "drift": ["C" * 40] * DRIFT_AT_MOST, "failed": False}
    table.lay(**settled("READY", repairs=[one] * REMEMBERED))
    assert size_of({"repairs": table.items[CONNECTION]["repairs"]}) < LARGEST_ITEM / 10


# ------------------------------------------------------------------ how it ends


@pytest.mark.parametrize("outcome", ["READY", "FAILED", "REFUSED", "ROLLBACK_INCOMPLETE"])
def test_a_repair_has_failed_unless_it_has_recorded_the_connection(table: FakeTable, outcome: str) -> None:
    table.lay(**settled("READY", repairs=[EARLIER]))
    claim("repair-1")
    if outcome == "READY":
        record("repair-1")
        assert table.shown("revision") == [4]
    release("repair-1", outcome)
    assert table.shown("repairs") == [[EARLIER, a_repair("repair-1", failed=outcome != "READY")]]


def test_a_repair_that_never_heard_of_its_record_has_failed(table: FakeTable) -> None:
    table.lay(**settled("READY"))
    claim("repair-1")
    record("repair-1")
    release("repair-1", "FAILED")
    assert table.shown("repairs") == [[a_repair("repair-1", failed=True)]]


@pytest.mark.parametrize("outcome", ["READY", "FAILED", "REFUSED"])
def test_a_run_that_repairs_nothing_ends_the_memory_where_it_is_recorded(table: FakeTable, outcome: str) -> None:
    table.lay(**settled("READY", repairs=[EARLIER]))
    claim_connection(claiming("run-1"))
    if outcome == "READY":
        record("run-1")
    release("run-1", outcome)
    assert table.shown("repairs") == [[] if outcome == "READY" else [EARLIER]]


def test_a_run_that_has_the_name_of_a_repair_of_long_ago_is_told_from_it(table: FakeTable) -> None:
    """Names may be used again after 90 days."""
    table.lay(**settled("READY", repairs=[EARLIER]))
    claim("repair-0")
    release("repair-0", "FAILED")
    assert table.shown("repairs") == [[EARLIER, a_repair("repair-0", failed=True)]]
    table.lay(**settled("READY", repairs=[EARLIER]))
    claim_connection(claiming("repair-0"))
    record("repair-0")
    assert table.shown("repairs") == [[]]


# ------------------------------------------------------------------ one that died


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("by", ["another repair", "a run", "recover"])
def test_a_repair_that_died_has_failed_unless_it_was_recorded(
    table: FakeTable, executions: FakeExecutions, by: str, *, recorded: bool
) -> None:
    table.lay(**settled("READY"))
    claim("repair-1")
    if recorded:
        record("repair-1")
    executions.are("ABORTED", "repair-1")
    if by == "another repair":
        claim("repair-2", revision=4 if recorded else 3)
    elif by == "a run":
        claim_connection(claiming("run-2"))
    else:
        claim_dead_run(
            ClaimDeadRun(
                connection=CONNECTION, dead=arn("repair-1"), execution=arn("recover-1"), maker=maker("recover-1")
            )
        )
        release("recover-1", "FAILED")
    others = [a_repair("repair-2")] if by == "another repair" else []
    assert table.shown("repairs") == [[a_repair("repair-1", failed=not recorded), *others]]


def test_the_death_of_another_run_fails_no_repair(table: FakeTable, executions: FakeExecutions) -> None:
    table.lay(**settled("READY", repairs=[EARLIER]))
    claim_connection(claiming("run-1"))
    executions.are("ABORTED", "run-1")
    claim("repair-2")
    assert table.shown("repairs") == [[EARLIER, a_repair("repair-2")]]


@pytest.mark.parametrize(
    ("repairs", "holder", "failing"),
    [
        ([], None, False),
        ([EARLIER], None, False),
        ([a_repair("repair-1", failed=True)], None, True),
        ([a_repair("repair-1", failed=True), a_repair("repair-2")], None, False),
        ([a_repair("repair-1", failed=True), a_repair("repair-2")], "repair-2", True),
        ([EARLIER, a_repair("repair-2")], "repair-2", False),
        ([a_repair("repair-1", failed=True)], "orders-1", True),
    ],
)
def test_a_connection_whose_last_repair_failed_fails_until_another_run_has_ended(
    repairs: list[Json], holder: str | None, *, failing: bool
) -> None:
    held = {"holder": a_holder(holder, since=ago())} if holder else {}
    item = settled("READY", connection=CONNECTION, repairs=repairs, **held)
    assert is_failing(Entry.model_validate_json(json.dumps(item))) is failing
