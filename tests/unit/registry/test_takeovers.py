"""A run that died and still stands on the item: what the next one makes of it, whatever comes in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import pytest

from private_connection.errors import ConnectionBusy, ServiceFault
from private_connection.registry.claims import Claimed, claim_connection
from private_connection.registry.executions import LONGEST
from private_connection.registry.takeovers import SETTLING
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.registry.stage import (
    NOW,
    FakeBus,
    FakeExecutions,
    FakeTable,
    Way,
    a_holder,
    a_last_run,
    a_run,
    ago,
    claiming,
    maker,
    settled,
)
from tools.deployment import read_template

TEARDOWN: Final[Json] = {"machine": "teardown", "on_failure": None}
DUE: Final = "2026-01-31T12:00:30Z"
"""When functions of a run that stopped a minute ago have ended."""


def codes(claimed: Claimed) -> list[str]:
    return [each.code for each in claimed.findings]


@dataclass(frozen=True)
class Death:
    """A run that ended and still stands on the item, and what the next run makes of that."""

    holder: Json = field(default_factory=dict)
    item: Json = field(default_factory=dict)
    answer: str | Refusal | None = "ABORTED"
    """The status that Step Functions gives it; null if it does not show it."""
    status: str = "FAILED"
    unfinished: Json = field(default_factory=dict)
    last_run: Json | None = field(default_factory=lambda: a_last_run("run-1", "ABORTED"))
    kept: Json | None = None

    @property
    def is_told(self) -> list[str]:
        """The execution of which is told that it failed, if one did."""
        last = self.last_run or {}
        return [last["execution"]] if last.get("status") not in (None, "READY", "SUCCEEDED") else []


OWED: Final = {maker("run-1"): DUE}
LATER: Final = {maker("run-1"): (NOW + SETTLING).strftime("%Y-%m-%dT%H:%M:%SZ")}
FIRST: Final[Json] = {"status": "PROVISIONING"}
SERVES: Final[Json] = {"status": "READY", "lastRun": a_last_run("run-0", "READY")}
RECORDED: Final[Json] = {"status": "READY", "lastRun": a_last_run("run-1", "READY")}
KEEPS: Final[Json] = {"onFailure": "keep"}
NO_RIGHT: Final[Json] = {"machine": "teardown", "onFailure": None}
FINISHES: Final[Json] = {"machine": "recover", "onFailure": None}
OLD: Final[Json] = {"since": (NOW - LONGEST - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}


def died(status: str) -> Json:
    return a_last_run("run-1", status)


DEATHS: Final[dict[str, Death]] = {
    # a provision that is to roll back
    "aborted in its first run": Death(item=FIRST, unfinished=OWED),
    "timed out": Death(item=FIRST, answer="TIMED_OUT", unfinished=OWED, last_run=died("TIMED_OUT")),
    "failed without a release": Death(item=FIRST, answer="FAILED", unfinished=OWED, last_run=died("FAILED")),
    "aborted in a re-run": Death(item=SERVES, unfinished=OWED, status="READY"),
    "aborted after a teardown that died": Death(
        item={"status": "TEARING_DOWN"}, unfinished=OWED, status="TEARING_DOWN"
    ),
    "beside what is unfinished": Death(
        item=FIRST | {"unfinished": {"run-x": ago(hours=2)}}, unfinished=OWED | {"run-x": ago(hours=2)}
    ),
    "not shown for five minutes": Death(
        holder={"since": ago(minutes=5)}, item=FIRST, answer=None, unfinished=LATER, last_run=died("UNKNOWN")
    ),
    "not shown for long": Death(item=FIRST, answer=None, unfinished=LATER, last_run=died("UNKNOWN")),
    "refused for longer than a run takes": Death(
        holder=OLD, item=FIRST, answer=DENIED, unfinished=LATER, last_run=died("REFUSED")
    ),
    "of a name that was told of as failed": Death(
        item=FIRST | {"lastRun": died("FAILED")}, unfinished=OWED, last_run=died("FAILED")
    ),
    # one that was recorded, or ended well: only its release is missing
    "recorded and then aborted": Death(item=RECORDED, status="READY", last_run=a_last_run("run-1", "READY")),
    "recorded and then failed": Death(
        item=RECORDED, answer="FAILED", status="READY", last_run=a_last_run("run-1", "READY")
    ),
    "recorded, kept and then aborted": Death(
        holder=KEEPS, item=RECORDED, status="READY", last_run=a_last_run("run-1", "READY")
    ),
    "recorded and succeeded": Death(
        item=RECORDED, answer="SUCCEEDED", status="READY", last_run=a_last_run("run-1", "READY")
    ),
    "succeeded, whatever is told of last": Death(
        item=SERVES, answer="SUCCEEDED", status="READY", last_run=died("SUCCEEDED")
    ),
    "recorded and not shown for long": Death(
        item=RECORDED, answer=None, status="READY", last_run=a_last_run("run-1", "READY")
    ),
    # a provision that is to keep what it made
    "kept in its first run": Death(holder=KEEPS, item=FIRST, kept=died("ABORTED")),
    "kept in a re-run": Death(holder=KEEPS, item=SERVES, status="READY", kept=died("ABORTED")),
    # the others leave what they find
    "a teardown": Death(
        holder=NO_RIGHT,
        item={"status": "TEARING_DOWN"},
        status="TEARING_DOWN",
        last_run=a_last_run("run-1", "ABORTED", machine="teardown"),
    ),
    "a teardown that changed nothing": Death(
        holder=NO_RIGHT, item=SERVES, status="READY", last_run=a_last_run("run-1", "ABORTED", machine="teardown")
    ),
    "a teardown that succeeded": Death(
        holder=NO_RIGHT,
        item={"status": "TORN_DOWN"},
        answer="SUCCEEDED",
        status="TORN_DOWN",
        last_run=a_last_run("run-1", "SUCCEEDED", machine="teardown"),
    ),
    "a run of recover": Death(
        holder=FINISHES,
        item={"status": "FAILED", "lastRun": a_last_run("run-0", "ABORTED"), "unfinished": {"run-x": ago(hours=2)}},
        unfinished={"run-x": ago(hours=2)},
        last_run=a_last_run("run-0", "ABORTED"),
    ),
}


def lay_death(death: Death, table: FakeTable, executions: FakeExecutions) -> None:
    table.lay(**settled("READY") | death.item | {"holder": a_holder("run-1", **death.holder)})
    if isinstance(death.answer, Refusal):
        executions.refuse(death.answer, "run-1")
    elif death.answer is not None:
        executions.are(death.answer, "run-1")


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_a_dead_holder_is_taken_over_by_one_write(
    aws: FakeAws, table: FakeTable, executions: FakeExecutions, bus: FakeBus, death: Death
) -> None:
    lay_death(death, table, executions)
    claimed = claim_connection(claiming("run-2", **TEARDOWN))
    told = ["PutEvents"] * bool(death.is_told)
    # the first is refused and shows the holder
    assert aws.operations == ["PutItem", "DescribeExecution", "PutItem", *told]
    assert [(kind, detail["execution"]) for kind, detail in bus.told] == [("Failed", each) for each in death.is_told]
    (holder,) = table.shown("holder")
    assert (holder["maker"], holder["former"]) == (maker("run-2"), death.status)
    assert table.shown("status", "lastRun", "kept") == [death.status, death.last_run, death.kept]
    assert table.shown("unfinished", "worker") == [death.unfinished, None]
    assert set(claimed.finish) == set(death.unfinished)
    assert claimed.finish_after == max(death.unfinished.values(), default=None)
    assert codes(claimed) == (["KEPT_AFTER_DEATH"] if death.kept else [])
    assert claimed.registered is (death.status != "TORN_DOWN")


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_a_provision_that_takes_over_begins_again_what_failed(
    table: FakeTable, executions: FakeExecutions, death: Death
) -> None:
    lay_death(death, table, executions)
    claim_connection(claiming("run-2"))
    begun = {"FAILED": "PROVISIONING", "TORN_DOWN": "PROVISIONING"}.get(death.status, death.status)
    assert table.shown("status", "unfinished") == [begun, death.unfinished]


@pytest.mark.parametrize("way", ["botocore", "step"])
@pytest.mark.parametrize("death", [None, *DEATHS.values()], ids=["nobody", *DEATHS])
def test_a_claim_whose_answer_was_lost_is_the_same_claim(
    table: FakeTable, executions: FakeExecutions, death: Death | None, way: Way
) -> None:
    """The first write of a takeover is refused and shows the holder: it is the second whose answer counts."""

    def claim_twice(lost: list[Way]) -> tuple[Claimed, Json | None]:
        table.items.clear()
        if death is not None:
            lay_death(death, table, executions)
        table.lost = lost
        try:
            claimed = claim_connection(claiming("run-2"))
        except ServiceFault:
            claimed = claim_connection(claiming("run-2"))
        return claimed, table.shows()

    refused: list[Way] = [] if death is None else ["botocore"]
    assert claim_twice([*refused, way]) == claim_twice([])


def test_what_a_dead_run_made_is_left_alone_while_its_functions_may_work(
    table: FakeTable, executions: FakeExecutions
) -> None:
    executions.are("ABORTED", "run-1", stopDate=NOW - timedelta(seconds=1, microseconds=1))
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    assert claim_connection(claiming("run-2")).finish_after == "2026-01-31T12:01:29Z"


def test_functions_end_before_that() -> None:
    limits = [each.get("Properties", {}).get("Timeout", 0) for each in read_template().source["Resources"].values()]
    default = read_template().source["Globals"]["Function"]["Timeout"]
    assert timedelta(seconds=max(default, *(each for each in limits if isinstance(each, int)))) < SETTLING


# ------------------------------------------------------------------ a worker of the dead holder


@pytest.mark.parametrize(
    ("holder", "worker", "since", "busy"),
    [
        ("RUNNING", "RUNNING", ago(hours=1), True),
        ("RUNNING", "ABORTED", ago(hours=1), True),
        ("RUNNING", None, ago(hours=1), True),
        ("ABORTED", "RUNNING", ago(hours=1), True),
        ("ABORTED", None, ago(minutes=1), True),
        ("SUCCEEDED", "RUNNING", ago(hours=1), True),
        ("ABORTED", "ABORTED", ago(hours=1), False),
        ("ABORTED", "SUCCEEDED", ago(hours=1), False),
        ("ABORTED", None, ago(minutes=6), False),
    ],
)
def test_a_nested_run_may_outlive_its_run(
    table: FakeTable, executions: FakeExecutions, holder: str, worker: str | None, since: str, *, busy: bool
) -> None:
    executions.are(holder, "run-1")
    if worker is not None:
        executions.are(worker, "rollback-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"), worker=a_run("rollback-1", since=since))
    before = dict(table.items)
    if busy:
        with pytest.raises(ConnectionBusy):
            claim_connection(claiming("run-2"))
        assert table.items == before
    else:
        claim_connection(claiming("run-2"))
        assert table.shown("worker", "unfinished") == [None, LATER if worker is None else OWED]


@pytest.mark.parametrize(
    ("worker", "due"),
    [("ABORTED", "2026-01-31T12:01:20Z"), ("TIMED_OUT", "2026-01-31T12:01:20Z"), ("SUCCEEDED", DUE)],
)
def test_the_functions_of_a_nested_run_that_died_are_waited_for_too(
    table: FakeTable, executions: FakeExecutions, worker: str, due: str
) -> None:
    executions.are("ABORTED", "run-1")
    executions.are(worker, "rollback-1", stopDate=NOW - timedelta(seconds=10))
    owed = {"run-x": ago(hours=2), "run-y": ago(minutes=-5)}
    table.lay(status="PROVISIONING", holder=a_holder("run-1"), worker=a_run("rollback-1"), unfinished=owed)
    claim_connection(claiming("run-2"))
    assert table.shown("unfinished") == [{"run-x": due, "run-y": ago(minutes=-5), maker("run-1"): due}]


# ------------------------------------------------------------------ takers that die, and others that come in between


def test_however_many_takers_die_what_is_unfinished_is_not_forgotten(
    table: FakeTable, executions: FakeExecutions
) -> None:
    runs = [claiming("run-0"), claiming("run-1", **TEARDOWN), claiming("run-2", on_failure="keep"), claiming("run-3")]
    for each in (*runs, claiming("run-4", **TEARDOWN)):
        claimed = claim_connection(each)
        executions.are("ABORTED", each.execution.rsplit(":", 1)[1])
    assert claimed.finish == (maker("run-0"), maker("run-3"))
    assert codes(claimed) == ["KEPT_AFTER_DEATH"]
    assert table.shown("status", "lastRun") == ["FAILED", a_last_run("run-3", "ABORTED")]


def in_between(table: FakeTable, *happenings: Callable[[], object]) -> None:
    """Lets others do something after a claim was told who holds the connection: its first write is refused anyhow."""
    table.others = [lambda: None, *happenings]


def test_of_two_that_take_over_one_works(table: FakeTable, executions: FakeExecutions) -> None:
    lay_death(DEATHS["aborted in its first run"], table, executions)
    executions.are("RUNNING", "run-3")
    in_between(table, lambda: claim_connection(claiming("run-3")))
    with pytest.raises(ConnectionBusy, match="run-3"):
        claim_connection(claiming("run-2"))
    (holder,) = table.shown("holder")
    assert (holder["maker"], table.shown("unfinished")) == (maker("run-3"), [OWED])


def test_a_holder_that_is_followed_by_another_one_is_not_taken_over_in_its_place(
    table: FakeTable, executions: FakeExecutions
) -> None:
    """Its run was refused, so that its item went; the next run made another one."""
    executions.are("FAILED", "run-1")
    executions.are("RUNNING", "run-3")
    claim_connection(claiming("run-1"))

    def followed() -> None:
        table.items.clear()
        claim_connection(claiming("run-3"))

    in_between(table, followed)
    with pytest.raises(ConnectionBusy, match="run-3"):
        claim_connection(claiming("run-2"))
    (holder,) = table.shown("holder")
    assert holder["maker"] == maker("run-3")


@pytest.mark.parametrize("left", [None, settled("READY")], ids=["no item", "an item"])
def test_a_holder_that_releases_meanwhile_was_in_time(
    table: FakeTable, executions: FakeExecutions, left: Json | None
) -> None:
    lay_death(DEATHS["aborted in a re-run"], table, executions)

    def released() -> None:
        table.items.clear()
        if left is not None:
            table.lay(version="released", **left)

    in_between(table, released)
    assert claim_connection(claiming("run-2")).finish == ()
    (holder,) = table.shown("holder")
    assert (holder["maker"], table.shown("lastRun")) == (maker("run-2"), [None])


def test_a_run_that_is_recorded_while_it_is_looked_at_is_not_rolled_back(
    table: FakeTable, executions: FakeExecutions
) -> None:
    lay_death(DEATHS["aborted in its first run"], table, executions)
    in_between(table, lambda: table.lay(version="recorded", holder=a_holder("run-1"), **RECORDED))
    assert claim_connection(claiming("run-2")).finish == ()
    assert table.shown("status", "unfinished") == ["READY", {}]
