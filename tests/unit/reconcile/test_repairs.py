"""Start repairs: what is due is started, the worst first, and no more than may run at a time."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import time_machine

from private_connection.errors import NAMED_AT_MOST, AwsRejected, QuotaExceeded, ServiceFault, StepError, Throttled
from private_connection.reconcile.codes import TREATMENTS, DriftCode
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.drifted import Drifted
from private_connection.reconcile.repairs import Returning, StartedRepairs, StartRepairs, start_repairs
from private_connection.request.models import DRIFT_AT_MOST
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.reconcile.made import asked
from tests.unit.registry.stage import NOW, FakeExecutions, FakeTable, a_holder, a_run, ago, arn, settled

QUARTER: Final = 900
PROVISION: Final = "arn:aws:states:eu-central-1:123456789012:stateMachine:Provision"
RULE: Final[DriftCode] = "RULE_GONE"
NOTHING: Final = StartedRepairs(started=(), left_over=0, waiting=0, failed=0, recovering=(), returning=())


class Stage:
    """The items of connections that have drifted, and the executions of Provision."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.table, self.executions = aws, FakeTable(aws), FakeExecutions(aws)

    def lay(self, connection: str, **changes: object) -> None:
        item = settled("READY", connection=connection, request=asked(connection=connection)) | changes
        self.table.lay(**item)

    @property
    def started(self) -> list[str]:
        """The connections whose repairs were asked for, in order."""
        return [json.loads(each["input"])["connection"] for each in self.aws.asked("StartExecution")]

    @property
    def names(self) -> list[str]:
        return [each["name"] for each in self.aws.asked("StartExecution")]


@pytest.fixture
def stage(aws: FakeAws) -> Iterator[Stage]:
    with time_machine.travel(NOW, tick=False):
        yield Stage(aws)


def drifted(connection: str, *codes: DriftCode, mode: Any = "repair", revision: int = 3) -> Drifted:
    drift = tuple(Drift(code=code, node=f"node-{place}") for place, code in enumerate(codes or (RULE,)))
    return Drifted(connection=connection, revision=revision, mode=mode, drift=drift)


def start(*found: Drifted, held: tuple[str, ...] = (), at_once: int = 20) -> StartedRepairs:
    return start_repairs(StartRepairs(drifted=found, held_long=held, sweep_seconds=QUARTER, at_once=at_once))


def a_repair(*codes: DriftCode, failed: bool = False, **since: float) -> Json:
    return {"execution": arn("repair-0"), "at": ago(**since), "drift": list(codes or (RULE,)), "failed": failed}


# ------------------------------------------------------------------ what is started


def test_without_drift_nothing_is_asked(stage: Stage) -> None:
    assert start() == NOTHING
    assert stage.aws.calls == []


def test_a_repair_is_the_recorded_request_with_what_it_is_for(stage: Stage) -> None:
    stage.lay("orders", request=asked(connection="orders", tags={"team": "é"}))
    assert start(drifted("orders", "ADDRESS_CHANGED", RULE, "STRANGER_CONNECTED")) == StartedRepairs(
        started=("orders",), left_over=0, waiting=0, failed=0, recovering=(), returning=()
    )
    (sent,) = stage.aws.asked("StartExecution")
    document = json.loads(sent["input"])
    repair = {"revision": 3, "drift": ["ADDRESS_CHANGED", "RULE_GONE"]}
    recorded = asked(connection="orders", tags={"team": "é"})
    assert document == {**recorded, "onFailure": "keep", "repair": repair}
    assert parse_request(document).repair is not None
    assert sent["stateMachineArn"] == PROVISION
    assert stage.aws.operations == ["GetItem", "ListExecutions", "StartExecution"]
    assert stage.aws.asked("GetItem")[0]["ConsistentRead"] is True


def test_a_code_that_several_nodes_have_is_one_and_the_least_are_left_out(stage: Stage) -> None:
    stage.lay("orders")
    repaired = [code for code, treatment in TREATMENTS.items() if treatment == "repaired"]
    start(drifted("orders", *repaired, *repaired))
    (sent,) = stage.aws.asked("StartExecution")
    assert json.loads(sent["input"])["repair"]["drift"] == repaired[:DRIFT_AT_MOST]


@pytest.mark.parametrize(
    "found",
    [
        drifted("orders", mode="report"),
        *(drifted("orders", code) for code, treatment in TREATMENTS.items() if treatment == "reported"),
    ],
    ids=str,
)
def test_what_is_only_reported_is_not_looked_at(stage: Stage, found: Drifted) -> None:
    stage.lay("orders")
    assert start(found) == NOTHING
    assert stage.aws.calls == []


@pytest.mark.parametrize(
    "changes",
    [
        {"revision": 4},
        {"status": "TEARING_DOWN"},
        {"status": None},
        {"holder": a_holder("run-1")},
        {"worker": a_run("rollback-1")},
        {"schema": 2},
        {"colour": "blue"},
    ],
    ids=str,
)
def test_what_is_not_as_it_was_looked_at_is_left_to_the_next_sweep(stage: Stage, changes: Json) -> None:
    stage.lay("orders", **changes)
    stage.lay("carts")
    start(drifted("gone"), drifted("orders"), drifted("carts"))
    assert stage.started == ["carts"]


@pytest.mark.parametrize(("drift", "reads"), [(20, ["GetItem"] * 20), (21, ["Scan"])])
def test_many_are_read_together(stage: Stage, drift: int, reads: list[str]) -> None:
    names = [f"c{number}" for number in range(drift)]
    for name in names[:-2]:
        stage.lay(name)
    stage.lay(names[-2], colour="blue")
    stage.lay("another")
    assert start(*map(drifted, names), at_once=2).left_over == drift - 4
    assert stage.aws.operations == [*reads, "ListExecutions", "StartExecution", "StartExecution"]
    assert stage.started == names[:2]
    assert all(each["ConsistentRead"] for each in stage.aws.asked("Scan"))


# ------------------------------------------------------------------ what is not due


@pytest.mark.parametrize(("failures", "minutes", "due"), [(1, 5, 0), (1, 15, 1), (2, 15, 0), (2, 30, 1), (4, 60, 0)])
def test_after_failures_the_next_one_waits(stage: Stage, failures: int, minutes: int, due: int) -> None:
    stage.lay("orders", repairs=[a_repair(failed=True, minutes=minutes)] * failures)
    wanted = StartedRepairs(
        started=("orders",) * due, left_over=0, waiting=1 - due, failed=1, recovering=(), returning=()
    )
    assert start(drifted("orders")) == wanted
    assert len(stage.started) == due


def test_what_comes_again_is_told_and_left(stage: Stage) -> None:
    stage.lay("orders", repairs=[a_repair(hours=hours) for hours in (20, 10, 1)])
    returning = (Returning(connection="orders", code=RULE),)
    assert start(drifted("orders", RULE, "CLUSTER_UNAVAILABLE")) == NOTHING.model_copy(update={"returning": returning})
    assert stage.aws.operations == ["GetItem"]


def test_what_comes_beside_it_is_repaired(stage: Stage) -> None:
    """And with it all that a run mends."""
    stage.lay("orders", repairs=[a_repair(hours=hours) for hours in (20, 10, 1)])
    answer = start(drifted("orders", "ADDRESS_CHANGED", RULE))
    assert answer.started == ("orders",)
    assert answer.returning == (Returning(connection="orders", code=RULE),)
    (sent,) = stage.aws.asked("StartExecution")
    assert json.loads(sent["input"])["repair"]["drift"] == ["ADDRESS_CHANGED", RULE]


def test_of_what_comes_again_some_are_named(stage: Stage) -> None:
    names = [f"c{number}" for number in range(NAMED_AT_MOST + 1)]
    for name in names:
        stage.lay(name, repairs=[a_repair(hours=hours) for hours in (20, 10, 1)])
    answer = start(*map(drifted, names))
    assert [each.connection for each in answer.returning] == names[:-1]


# ------------------------------------------------------------------ how many at a time


@pytest.mark.parametrize(("at_once", "running", "started"), [(2, 0, 2), (2, 1, 1), (2, 2, 0), (2, 5, 0), (0, 0, 0)])
def test_no_more_run_than_may(stage: Stage, at_once: int, running: int, started: int) -> None:
    stage.executions.run(*(f"repair-other-{number:032x}" for number in range(running)))
    names = ["worst", "bad", "least"]
    for name in names:
        stage.lay(name)
    answer = start(*map(drifted, names), at_once=at_once)
    assert (answer.started, answer.left_over) == (tuple(sorted(names[:started])), 3 - started)
    assert stage.started == names[:started]


def test_a_repair_that_holds_its_connection_counts_though_it_is_not_listed(stage: Stage) -> None:
    """It has claimed it since the sweep looked: the list of executions is late."""
    stage.lay("orders", holder=a_holder(f"repair-orders-{1:032x}"))
    stage.lay("carts")
    assert start(drifted("orders"), drifted("carts"), at_once=1).left_over == 1
    assert stage.started == []


def test_a_connection_whose_repair_runs_gets_no_second_one(stage: Stage) -> None:
    """One that has not claimed it yet, of an earlier sweep. A name that only begins the same is another's."""
    stage.executions.run(f"repair-orders-{1:032x}", f"repair-carts-eu-{1:032x}")
    stage.lay("orders")
    stage.lay("carts")
    assert start(drifted("orders"), drifted("carts")) == NOTHING.model_copy(update={"started": ("carts",)})
    assert stage.started == ["carts"]


# ------------------------------------------------------------------ names


def names_of(stage: Stage, *connections: str) -> list[str]:
    stage.aws.calls.clear()
    stage.executions.running.clear()
    start(*map(drifted, connections))
    return stage.names


def test_a_name_is_the_same_until_a_run_has_worked_on_the_connection(stage: Stage) -> None:
    stage.lay("orders")
    (name,) = names_of(stage, "orders")
    assert names_of(stage, "orders") == [name]
    stage.lay("orders", version="another", repairs=[a_repair(failed=True, hours=2)])
    (after,) = names_of(stage, "orders")
    assert after != name


def test_a_repair_that_never_claimed_its_connection_does_not_block_the_next(stage: Stage) -> None:
    """It has left no trace on the item, and its name cannot be used again for 90 days."""
    stage.lay("orders")
    first = names_of(stage, "orders")
    with time_machine.travel(NOW.timestamp() + QUARTER, tick=False):
        assert names_of(stage, "orders") != first


# ------------------------------------------------------------------ again, and refused


def test_doing_it_again_starts_none_twice(stage: Stage) -> None:
    """Its answer was lost. One of the two is listed by now, and neither has claimed its connection yet."""
    for name in ("orders", "carts"):
        stage.lay(name)
    first = start(drifted("orders"), drifted("carts"), at_once=2)
    stage.executions.running.pop()
    assert start(drifted("orders"), drifted("carts"), at_once=2) == first
    assert stage.names[2:] == stage.names[1:2], "the one that is not listed, under the same name"
    assert stage.aws.asked("StartExecution")[1] == stage.aws.asked("StartExecution")[2]


def test_one_that_was_started_under_the_name_is_started(stage: Stage) -> None:
    """Or is over already, or has another input, since a second look found something else of it."""
    for name in ("orders", "carts"):
        stage.lay(name)
    stage.aws.answers("StartExecution", Refusal("ExecutionAlreadyExists"))
    assert start(drifted("orders"), drifted("carts")).started == ("carts", "orders")


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal("ThrottlingException"), Throttled),
        (Refusal("AccessDeniedException"), AwsRejected),
        (DENIED, AwsRejected),
        (Refusal("StateMachineDoesNotExist"), AwsRejected),
        (Refusal("StateMachineDeleting"), AwsRejected),
        (Refusal("ExecutionLimitExceeded"), QuotaExceeded),
        (Refusal("InternalServerError", 500), ServiceFault),
    ],
)
@pytest.mark.parametrize("operation", ["ListExecutions", "StartExecution"])
def test_a_refusal_ends_the_step_with_its_name(
    stage: Stage, operation: str, refusal: Refusal, error: type[StepError]
) -> None:
    stage.lay("orders")
    stage.aws.answers(operation, refusal)
    doing = f"listing executions ({PROVISION})" if operation == "ListExecutions" else "starting repair (repair-orders-"
    with pytest.raises(error) as raised:
        start(drifted("orders"))
    assert str(raised.value).startswith(doing)


def test_what_was_started_before_a_refusal_is_not_started_again(stage: Stage) -> None:
    for name in ("orders", "carts"):
        stage.lay(name)
    take = stage.executions.start
    stage.aws.answers("StartExecution", take, Refusal("AccessDeniedException"), take)
    with pytest.raises(AwsRejected):
        start(drifted("orders"), drifted("carts"))
    assert start(drifted("orders"), drifted("carts")).started == ("carts", "orders")
    assert stage.started == ["orders", "carts", "carts"]
