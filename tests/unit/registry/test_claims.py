"""One run at a time: who gets a connection, and who is told to wait."""

from typing import Final

import pytest
import time_machine

from private_connection.contracts import Former
from private_connection.errors import ConnectionBusy, Overtaken, ServiceFault, StepError, Throttled
from private_connection.registry.claims import Claimed, claim_connection
from private_connection.registry.executions import LONGEST
from private_connection.request.models import Repair
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.registry.stage import (
    NOW,
    FakeExecutions,
    FakeTable,
    Way,
    a_holder,
    a_last_run,
    a_run,
    ago,
    arn,
    claiming,
    maker,
    nested,
    settled,
)

TEARDOWN: Final[Json] = {"machine": "teardown", "on_failure": None}
NOT_READY: Final = (None, "PROVISIONING", "FAILED", "TEARING_DOWN", "TORN_DOWN")
RAISED: Final = [("KEPT_AFTER_DEATH",)]
"""The codes of the findings that a claim tells of."""


def codes(claimed: Claimed) -> list[str]:
    return [each.code for each in claimed.findings]


# ------------------------------------------------------------------ nobody holds it


@pytest.mark.parametrize("machine", ["provision", "teardown"])
@pytest.mark.parametrize(
    ("status", "while_provisioned", "registered"),
    [
        (None, "PROVISIONING", False),
        ("READY", "READY", True),
        ("FAILED", "PROVISIONING", True),
        ("TORN_DOWN", "PROVISIONING", False),
        ("TEARING_DOWN", "TEARING_DOWN", True),
    ],
)
def test_a_connection_that_nobody_holds_is_claimed(
    table: FakeTable, machine: str, status: str | None, while_provisioned: str, *, registered: bool
) -> None:
    table.lay(**settled(status))
    asked = claiming("run-1") if machine == "provision" else claiming("run-1", **TEARDOWN)
    nothing: Json = {"finish": (), "finish_after": None, "findings": (), "former": Former(workspace_id=None, tags=())}
    assert claim_connection(asked) == Claimed(registered=registered, **nothing)
    on_failure = "rollback" if machine == "provision" else None
    holder = a_run("run-1", since=ago()) | {"machine": machine, "onFailure": on_failure, "former": status}
    shown = while_provisioned if machine == "provision" else status
    assert table.shown("status", "holder", "worker", "revision") == [shown, holder, None, 3]


def test_a_connection_of_which_nothing_is_known_is_claimed_by_one_write(aws: FakeAws, table: FakeTable) -> None:
    assert not claim_connection(claiming("run-1")).registered
    assert aws.operations == ["PutItem"]
    assert table.shown("status", "createdAt") == ["PROVISIONING", ago()]


def test_what_is_said_of_the_connection_stays(table: FakeTable) -> None:
    told: Json = {
        "request": {"workspaceId": "ws-1", "tags": {"team": "a", "stage": "b"}},
        "handoff": {"status": "READY"},
        "findings": [{"code": "A"}],
    }
    table.lay(**settled("READY", lastRun=a_last_run("run-0", "READY"), **told))
    for _ in range(2):
        assert claim_connection(claiming("run-1")).former == Former(workspace_id="ws-1", tags=("stage", "team"))
    assert table.shown(*told) == list(told.values())
    assert table.shown("lastRun") == [a_last_run("run-0", "READY")]


def test_what_is_unfinished_is_told_with_the_last_moment(table: FakeTable) -> None:
    table.lay(**settled("FAILED", unfinished={maker("run-0"): ago(minutes=3), maker("run-x"): ago(minutes=1)}))
    claimed = claim_connection(claiming("run-1"))
    assert set(claimed.finish) == {maker("run-0"), maker("run-x")}
    assert claimed.finish_after == ago(minutes=1)
    assert table.shown("unfinished") == [{maker("run-0"): ago(minutes=3), maker("run-x"): ago(minutes=1)}]


@pytest.mark.parametrize("status", ["ABORTED", "RUNNING"])
def test_a_worker_without_a_holder_is_waited_for_too(table: FakeTable, executions: FakeExecutions, status: str) -> None:
    executions.are(status, "finish-1")
    table.lay(**settled("READY", worker=a_run("finish-1")))
    if status == "RUNNING":
        with pytest.raises(ConnectionBusy, match="finish-1 has worked on it since"):
            claim_connection(claiming("run-1"))
    else:
        claim_connection(claiming("run-1"))
        assert table.shown("worker") == [None]


def test_claiming_again_later_is_the_same_claim(table: FakeTable, clock: time_machine.Traveller) -> None:
    first, before = claim_connection(claiming("run-1")), table.shows()
    clock.shift(600)
    assert claim_connection(claiming("run-1")) == first
    assert table.shows() == before


# ------------------------------------------------------------------ a holder that works


@pytest.mark.parametrize(
    ("answer", "since"),
    [
        ("RUNNING", ago(minutes=1)),
        ("RUNNING", ago(hours=13)),
        ("RUNNING", ago(days=13)),  # redriven
        ("not shown", ago(minutes=4, seconds=59)),
        ("refused", ago(minutes=6)),
        ("refused", (NOW - LONGEST).strftime("%Y-%m-%dT%H:%M:%SZ")),
    ],
)
@pytest.mark.parametrize("machine", ["provision", "teardown", "recover"])
def test_a_holder_that_may_work_is_named_and_nothing_is_changed(
    table: FakeTable, executions: FakeExecutions, machine: str, answer: str, since: str
) -> None:
    if answer == "RUNNING":
        executions.are("RUNNING", "run-1")
    elif answer == "refused":
        executions.refuse(DENIED, "run-1")
    table.lay(**settled("READY", holder=a_holder("run-1", since=since, machine=machine)))
    before = dict(table.items)
    message = rf"claiming connection \(redis-demo\): execution {arn('run-1')} has worked on it since {since}"
    for machine_that_claims in ({}, TEARDOWN):
        with pytest.raises(ConnectionBusy, match=message) as busy:
            claim_connection(claiming("run-2", **machine_that_claims))
        assert ("because [AccessDenied]" in str(busy.value)) is (answer == "refused")
        assert str(busy.value).endswith("wait for its end, or stop it, and run again")
    assert table.items == before


@pytest.mark.parametrize(
    ("refusal", "error"), [(Refusal("ThrottlingException"), Throttled), (Refusal("InternalFailure", 500), ServiceFault)]
)
def test_while_nobody_says_whether_the_holder_works_nothing_is_changed(
    table: FakeTable, executions: FakeExecutions, refusal: Refusal, error: type[StepError]
) -> None:
    executions.refuse(refusal, "run-1")
    table.lay(**settled("READY", holder=a_holder("run-1")))
    before = dict(table.items)
    with pytest.raises(error):
        claim_connection(claiming("run-2"))
    assert table.items == before


# ------------------------------------------------------------------ a run that was to keep what it made, and died


def test_what_the_finding_says(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    table.lay(status="READY", holder=a_holder("run-1", onFailure="keep"))
    (found,) = claim_connection(claiming("run-2")).findings
    assert ([(found.code,)], found.level, found.field) == (RAISED, "warning", "onFailure")
    assert found.found == f"execution {arn('run-1')}, which died (ABORTED) and was to keep what it made"
    assert "tear the connection down" in found.remedy


def test_a_run_after_recover_is_told_what_was_kept_too(table: FakeTable) -> None:
    """Recover comes within seconds of a death, so that the next run of a user hardly ever finds the holder itself."""
    table.lay(**settled("FAILED", kept=a_last_run("run-1", "ABORTED"), lastRun=a_last_run("run-1", "ABORTED")))
    assert codes(claim_connection(claiming("run-2"))) == ["KEPT_AFTER_DEATH"]


# ------------------------------------------------------------------ a name that is used again


def test_a_run_of_the_same_name_is_another_one(aws: FakeAws, table: FakeTable, executions: FakeExecutions) -> None:
    """Step Functions would tell of the run that asks, which works. The other one had its name 90 days ago."""
    executions.are("RUNNING", "run-1")
    for died in ({"holder": a_holder("run-1", maker="run-1-ffffffff")}, {"worker": a_run("run-1", maker="x")}):
        table.lay(status="READY", **died)
        claimed = claim_connection(claiming("run-1"))
        (holder,) = table.shown("holder")
        assert holder["maker"] == maker("run-1")
        assert claimed.finish == (("run-1-ffffffff",) if "holder" in died else ())
    assert aws.asked("DescribeExecution") == []


def test_that_an_earlier_run_of_the_name_was_recorded_is_not_said_of_this_one(
    table: FakeTable, executions: FakeExecutions
) -> None:
    table.lay(status="READY", lastRun=a_last_run("run-1", "READY"))
    claim_connection(claiming("run-1"))
    executions.are("ABORTED", "run-1")
    assert claim_connection(claiming("run-2")).finish == (maker("run-1"),)


# ------------------------------------------------------------------ nested runs


@pytest.mark.parametrize("parent", ["provision", "teardown", "recover"])
def test_a_nested_run_works_under_the_claim_that_it_was_handed(aws: FakeAws, table: FakeTable, parent: str) -> None:
    holder = a_holder("run-1", machine=parent)
    table.lay(**settled("READY", holder=holder, unfinished={"run-x": ago(minutes=5)}))
    claimed = claim_connection(nested("rollback-1", "run-1"))
    assert table.shown("holder", "worker", "status") == [holder, a_run("rollback-1", since=ago()), "READY"]
    assert (claimed.finish, claimed.registered) == (("run-x",), True)
    assert aws.asked("DescribeExecution") == []


@pytest.mark.parametrize("way", ["botocore", "step"])
def test_a_nested_claim_whose_answer_was_lost_is_the_same(
    table: FakeTable, clock: time_machine.Traveller, way: Way
) -> None:
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    table.lost = ["botocore", way]  # the first write is refused anyhow
    if way == "step":
        with pytest.raises(ServiceFault):
            claim_connection(nested("rollback-1", "run-1"))
        clock.shift(60)
    claim_connection(nested("rollback-1", "run-1"))
    assert table.shown("holder", "worker") == [a_holder("run-1"), a_run("rollback-1", since=ago())]


@pytest.mark.parametrize(("status", "busy"), [("RUNNING", True), ("ABORTED", False), ("SUCCEEDED", False)])
def test_a_nested_run_waits_for_another_one_of_its_run(
    table: FakeTable, executions: FakeExecutions, status: str, *, busy: bool
) -> None:
    executions.are(status, "finish-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"), worker=a_run("finish-1"))
    if busy:
        with pytest.raises(ConnectionBusy, match="finish-1"):
            claim_connection(nested("rollback-1", "run-1"))
    else:
        claim_connection(nested("rollback-1", "run-1"))
    (worker,) = table.shown("worker")
    assert worker["maker"] == maker("finish-1" if busy else "rollback-1")


def test_a_nested_run_goes_on_though_its_run_died(table: FakeTable, executions: FakeExecutions) -> None:
    """It holds its run's claim up: whoever comes waits for it."""
    executions.are("ABORTED", "run-1")
    executions.are("RUNNING", "rollback-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    claim_connection(nested("rollback-1", "run-1"))
    with pytest.raises(ConnectionBusy, match="rollback-1"):
        claim_connection(claiming("run-2"))


@pytest.mark.parametrize(("status", "busy"), [("RUNNING", True), ("ABORTED", False)])
def test_a_nested_run_whose_run_holds_it_no_more_is_one_run_among_others(
    table: FakeTable, executions: FakeExecutions, status: str, *, busy: bool
) -> None:
    """That of a run that was redriven after another one had taken its claim."""
    executions.are(status, "run-2")
    table.lay(status="PROVISIONING", holder=a_holder("run-2"))
    if busy:
        with pytest.raises(ConnectionBusy, match="run-2"):
            claim_connection(nested("rollback-1", "run-1"))
    else:
        assert claim_connection(nested("rollback-1", "run-1")).finish == (maker("run-2"),)
        (holder,) = table.shown("holder")
        assert (holder["maker"], holder["machine"]) == (maker("rollback-1"), "teardown")


@pytest.mark.parametrize("status", ["READY", "TEARING_DOWN"])
@pytest.mark.parametrize("held", [False, True])
def test_a_run_that_lost_its_claim_removes_nothing_of_what_serves(table: FakeTable, status: str, *, held: bool) -> None:
    """It was recorded, died, was released and then redriven: others use what it had made."""
    table.lay(**settled(status), **({"holder": a_holder("run-2")} if held else {}))
    before = table.shows()
    with pytest.raises(ConnectionBusy, match="does not hold it any more"):
        claim_connection(nested("rollback-1", "run-1"))
    assert table.shows() == before


@pytest.mark.parametrize("item", [None, settled("TORN_DOWN"), settled("FAILED")], ids=["none", "TORN_DOWN", "FAILED"])
def test_a_nested_run_claims_what_nobody_holds_for_itself(table: FakeTable, item: Json | None) -> None:
    if item is not None:
        table.lay(**item)
    claim_connection(nested("rollback-1", "run-1"))
    assert table.shown("worker", "status") == [None, item["status"] if item else None]
    (holder,) = table.shown("holder")
    assert holder["maker"] == maker("rollback-1")


# ------------------------------------------------------------------ a repair


def test_a_repair_claims_a_connection_that_is_as_it_was_started_for(table: FakeTable) -> None:
    table.lay(**settled("READY"))
    assert claim_connection(claiming("repair-1", repair=Repair(revision=3))).registered
    assert table.shown("status", "revision") == ["READY", 3]
    assert claim_connection(claiming("repair-1", repair=Repair(revision=3))).registered


@pytest.mark.parametrize(("status", "revision"), [("READY", 2), ("READY", 4), *((each, 3) for each in NOT_READY)])
def test_a_repair_of_what_was_changed_or_taken_meanwhile_is_overtaken(
    table: FakeTable, status: str | None, revision: int
) -> None:
    table.lay(**settled(status))
    before = dict(table.items)
    message = rf"claiming connection \(redis-demo\): it is {status} in revision 3, .* started for revision {revision}"
    with pytest.raises(Overtaken, match=message):
        claim_connection(claiming("repair-1", repair=Repair(revision=revision)))
    assert table.items == before


def test_a_repair_of_a_connection_without_an_item_is_overtaken_and_makes_none(table: FakeTable) -> None:
    with pytest.raises(Overtaken, match="it is None in revision 0"):
        claim_connection(claiming("repair-1", repair=Repair(revision=1)))
    assert table.items == {}


def test_a_repair_does_not_wait_for_the_run_that_holds_the_connection(
    table: FakeTable, executions: FakeExecutions
) -> None:
    executions.are("RUNNING", "run-1")
    table.lay(**settled("READY", holder=a_holder("run-1")))
    before = dict(table.items)
    with pytest.raises(Overtaken, match=rf"execution {arn('run-1')} has worked on it"):
        claim_connection(claiming("repair-1", repair=Repair(revision=3)))
    assert table.items == before


def test_a_repair_takes_over_from_a_run_that_died(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    table.lay(**settled("READY", holder=a_holder("run-1", former="READY")))
    assert claim_connection(claiming("repair-1", repair=Repair(revision=3))).finish == (maker("run-1"),)
