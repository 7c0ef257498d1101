"""A run that ended without a release is finished once: whatever the event says, and however often it comes."""

import json
from typing import Any, Final

import pytest

from private_connection.contracts import Document
from private_connection.errors import AwsRejected, InvalidRequest, NotYetConsistent, ServiceFault, StepError, Throttled
from private_connection.registry.claims import claim_connection
from private_connection.registry.recovery import (
    ClaimDeadRun,
    ClaimedDeadRun,
    DeadRun,
    claim_dead_run,
    read_dead_run,
)
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.registry.stage import (
    CONNECTION,
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

DETAIL: Final[Json] = {
    "executionArn": arn("run-1"),
    "stateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:Provision",
    "name": "run-1",
    "status": "ABORTED",
    "startDate": 1_769_850_000_000,
    "stopDate": 1_769_860_000_000,
    "input": json.dumps({"connection": CONNECTION, "workspaceId": "ws-1", "cluster": {"id": "orders"}}),
    "output": None,
    "inputDetails": {"included": True},
    "outputDetails": None,
    "error": None,
    "cause": None,
}
"""What EventBridge hands on (Step Functions Developer Guide, "Automating Step Functions event delivery")."""


def read(**changes: object) -> DeadRun:
    return read_dead_run(Document(DETAIL | changes))


def recovering(name: str = "recover-1", dead: str = "run-1") -> ClaimedDeadRun:
    return claim_dead_run(ClaimDeadRun(connection=CONNECTION, dead=arn(dead), execution=arn(name), maker=maker(name)))


# ------------------------------------------------------------------ Read dead run


def test_the_event_says_which_run_has_ended_and_of_which_connection(aws: FakeAws) -> None:
    assert read() == DeadRun(connection=CONNECTION, execution=arn("run-1"))
    assert aws.calls == []


BAD_INPUTS: Final = [
    *("", "null", "5", '"orders"', "[]", "{}", "not JSON", '{"connection"', "[" * 10_000),
    *('{"connection": null}', '{"connection": 5}', '{"connection": ""}', '{"connection": "Orders"}'),
    *('{"connection": "o--o"}', '{"connection": ["orders"]}', '{"connection": "' + "o" * 33 + '"}'),
    *('{"Connection": "orders"}', '{"connection": "orders\\n"}', '{"connection": "\\ud800"}'),
]


@pytest.mark.parametrize("text", BAD_INPUTS, ids=[f"{each!r:.40}" for each in BAD_INPUTS])
def test_a_run_whose_input_names_no_connection_has_claimed_none(aws: FakeAws, text: str) -> None:
    assert read(input=text) == DeadRun(connection=None, execution=arn("run-1"))
    assert aws.calls == []


@pytest.mark.parametrize("text", ['{"connection": "orders", "shards": 1.5, "x": {}}', '{"connection":"orders"}'])
def test_of_the_input_the_connection_is_enough(text: str) -> None:
    assert read(input=text).connection == "orders"


@pytest.mark.parametrize("changes", [{"input": None, "inputDetails": {"included": False}}, {"input": None}])
def test_an_input_that_is_not_included_is_asked_for(aws: FakeAws, executions: FakeExecutions, changes: Json) -> None:
    executions.are("FAILED", "run-1", input='{"connection": "orders"}')
    assert read(**changes).connection == "orders"
    assert aws.asked("DescribeExecution") == [{"executionArn": arn("run-1")}]


def test_an_input_that_is_absent_is_asked_for_too(executions: FakeExecutions) -> None:
    executions.are("FAILED", "run-1", input='{"connection": "Orders"}')
    without = {key: value for key, value in DETAIL.items() if key != "input"}
    assert read_dead_run(Document(without)).connection is None


def test_a_run_that_step_functions_does_not_show_yet_is_asked_after_again(executions: FakeExecutions) -> None:
    with pytest.raises(NotYetConsistent, match=rf"execution \({arn('run-1')}\): Step Functions does not show it"):
        read(input=None)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (DENIED, AwsRejected),
        (Refusal("ThrottlingException"), Throttled),
        (Refusal("InternalFailure", 500), ServiceFault),
    ],
)
def test_an_input_that_is_refused_is_told_and_not_taken_for_none(
    executions: FakeExecutions, refusal: Refusal, error: type[StepError]
) -> None:
    executions.refuse(refusal, "run-1")
    with pytest.raises(error, match=rf"asking after execution \({arn('run-1')}\)"):
        read(input=None)


@pytest.mark.parametrize(
    "document",
    [
        *(None, 5, "ABORTED", [], [DETAIL], {}, {"detail": DETAIL}, {"connection": "orders"}),
        *({"executionArn": None}, {"executionArn": ""}, {"executionArn": "run-1"}, {"executionArn": ["x"]}),
        {"executionArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:Provision"},
        DETAIL | {"input": {"connection": "orders"}},
    ],
    ids=str,
)
def test_what_is_no_such_event_is_refused_by_name(aws: FakeAws, document: Any) -> None:
    with pytest.raises(
        InvalidRequest, match=r"reading an event's detail: found .*; expected .*executionArn.*; remedy:"
    ):
        read_dead_run(Document(document))
    assert aws.calls == []


def test_however_large_it_is_the_text_is_bounded() -> None:
    with pytest.raises(InvalidRequest) as error:
        read_dead_run(Document({"x": "é" * 200_000}))
    assert len(str(error.value)) < 1_000


# ------------------------------------------------------------------ Claim dead run


def test_a_run_that_has_released_is_finished(aws: FakeAws, table: FakeTable, executions: FakeExecutions) -> None:
    """As after an ordinary failure: nothing is asked and nothing is written."""
    executions.are("FAILED", "run-1")
    owed = {maker("run-x"): ago(hours=1)}
    for item in (None, settled("FAILED", unfinished=owed), settled("READY", holder=a_holder("run-2"))):
        if item is not None:
            table.lay(**item)
        before = dict(table.items)
        assert recovering().found == "nothing"
        assert table.items == before
    assert set(aws.operations) == {"GetItem"}


@pytest.mark.parametrize("worker", ["rollback-1", "finish-1"])
def test_a_nested_run_that_ended_is_no_business_of_it(
    aws: FakeAws, table: FakeTable, executions: FakeExecutions, worker: str
) -> None:
    """The event of a nested run comes too, also of one that has taken itself off: its holder sees to it."""
    executions.are("FAILED", "rollback-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"), worker=a_run(worker))
    before = dict(table.items)
    assert recovering(dead="rollback-1").found == "nothing"
    assert (table.items, aws.operations) == (before, ["GetItem"])


@pytest.mark.parametrize(
    ("holder", "status", "after", "finish", "kept"),
    [
        ({}, "PROVISIONING", "FAILED", True, False),
        ({}, "READY", "READY", True, False),
        ({"onFailure": "keep"}, "PROVISIONING", "FAILED", False, True),
        ({"onFailure": "keep"}, "READY", "READY", False, True),
        ({"machine": "teardown", "onFailure": None}, "TEARING_DOWN", "TEARING_DOWN", False, False),
        ({"machine": "teardown", "onFailure": None}, "READY", "READY", False, False),
    ],
)
def test_a_dead_run_is_taken_over(
    table: FakeTable, executions: FakeExecutions, holder: Json, status: str, after: str, *, finish: bool, kept: bool
) -> None:
    executions.are("ABORTED", "run-1")
    dead = a_holder("run-1", **holder)
    table.lay(**settled(status, holder=dead, lastRun=a_last_run("run-0", "READY")))
    found = recovering()
    assert (found.found, found.finish) == ("dead run", (maker("run-1"),) if finish else ())
    assert found.finish_after == (ago(seconds=-30) if finish else None)
    assert [each.code for each in found.findings] == (["KEPT_AFTER_DEATH"] if kept else [])
    me = a_run("recover-1", since=ago()) | {"machine": "recover", "onFailure": None, "former": after}
    assert table.shown("holder", "worker", "status") == [me, None, after]
    assert table.shown("unfinished") == [{maker("run-1"): ago(seconds=-30)} if finish else {}]
    assert table.shown("lastRun") == [a_last_run("run-1", "ABORTED", machine=dead["machine"])]


def test_a_run_that_was_recorded_is_released_and_never_torn_down(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("FAILED", "run-1")
    table.lay(**settled("READY", holder=a_holder("run-1"), lastRun=a_last_run("run-1", "READY")))
    assert (recovering().finish, table.shown("status", "lastRun")) == ((), ["READY", a_last_run("run-1", "READY")])


def test_what_others_left_unfinished_is_finished_too(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"), unfinished={maker("run-x"): ago(hours=1)})
    assert set(recovering().finish) == {maker("run-x"), maker("run-1")}


@pytest.mark.parametrize("way", ["botocore", "step"])
def test_a_claim_whose_answer_was_lost_is_the_same_claim(
    table: FakeTable, executions: FakeExecutions, way: Way
) -> None:
    executions.are("ABORTED", "run-1")
    claims = []
    for lost in ([], [way]):
        table.lay(status="PROVISIONING", holder=a_holder("run-1", onFailure="keep"))
        table.lost = lost
        try:
            claims.append((recovering(), table.shows()))
        except ServiceFault:
            claims.append((recovering(), table.shows()))
    assert claims[0] == claims[1]
    assert claims[0][0].found == "dead run"


def test_a_second_delivery_finds_another_holder_or_none(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    executions.are("RUNNING", "recover-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    assert recovering().found == "dead run"
    before = dict(table.items)
    assert recovering("recover-2").found == "nothing"
    assert table.items == before


def test_of_two_deliveries_at_once_one_works(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    table.others = [lambda: recovering("recover-2")]
    assert recovering("recover-1").found == "nothing"
    (holder,) = table.shown("holder")
    assert holder["maker"] == maker("recover-2")


def test_the_next_run_may_come_first(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    table.others = [lambda: claim_connection(claiming("run-2"))]
    executions.are("RUNNING", "run-2")
    assert recovering().found == "nothing"
    assert table.shown("status", "unfinished") == ["PROVISIONING", {maker("run-1"): ago(seconds=-30)}]


# ------------------------------------------------------------------ waiting


@pytest.mark.parametrize(
    ("holder", "worker"),
    [("ABORTED", "RUNNING"), ("RUNNING", None), ("RUNNING", "ABORTED"), ("refused", None), ("not shown", None)],
    ids=["a nested run goes on", "redriven", "redriven in its rollback", "refused", "not shown, and young"],
)
def test_while_the_run_or_its_nested_run_may_work_it_is_waited_for(
    table: FakeTable, executions: FakeExecutions, holder: str, worker: str | None
) -> None:
    if holder == "refused":
        executions.refuse(DENIED, "run-1")
    elif holder != "not shown":
        executions.are(holder, "run-1")
    if worker is not None:
        executions.are(worker, "rollback-1")
    since = ago(minutes=1) if holder == "not shown" else ago(hours=1)
    table.lay(
        status="PROVISIONING",
        holder=a_holder("run-1", since=since),
        worker=a_run("rollback-1") if worker else None,
    )
    before = dict(table.items)
    found = recovering()
    assert (found.found, found.finish, table.items) == ("worker", (), before)


def test_when_the_nested_run_has_ended_the_rest_is_finished(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("ABORTED", "run-1")
    executions.are("RUNNING", "rollback-1")
    claim_connection(claiming("run-1"))
    claim_connection(nested("rollback-1", "run-1"))
    assert recovering().found == "worker"
    executions.are("SUCCEEDED", "rollback-1")
    assert (recovering().found, table.shown("worker")) == ("dead run", [None])


def test_a_redriven_run_that_ends_in_order_leaves_nothing_to_do(table: FakeTable, executions: FakeExecutions) -> None:
    executions.are("RUNNING", "run-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    assert recovering().found == "worker"
    table.lay(**settled("READY", lastRun=a_last_run("run-1", "READY")))
    assert recovering().found == "nothing"


def test_a_dead_recover_is_followed_by_the_next_run_which_finishes_what_it_began(
    table: FakeTable, executions: FakeExecutions
) -> None:
    executions.are("ABORTED", "run-1", "recover-1", stopDate=NOW)
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    recovering()
    assert claim_connection(claiming("run-2")).finish == (maker("run-1"),)
    assert table.shown("lastRun") == [a_last_run("run-1", "ABORTED")]


@pytest.mark.parametrize(
    ("refusal", "error"), [(Refusal("ThrottlingException"), Throttled), (Refusal("InternalFailure", 500), ServiceFault)]
)
def test_no_answer_of_step_functions_is_asked_for_again(
    table: FakeTable, executions: FakeExecutions, refusal: Refusal, error: type[StepError]
) -> None:
    executions.refuse(refusal, "run-1")
    table.lay(status="PROVISIONING", holder=a_holder("run-1"))
    with pytest.raises(error):
        recovering()
