"""Events that ask for a run: which of them the rule hears, what the machine behind it starts, and how it waits."""

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern

from sandbox.account import Account
from sandbox.conditions import Latency
from sandbox.runs import RunReport, StopAt
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import World
from tools.deployment import MACHINE, read_template
from tools.render import rendered

EVENT_ID = "7bf73129-1428-4cd3-a780-95db273d1602"
SAMPLES = Path("events")
UNKNOWN = ("provision", "reconcile", "Provision Teardown", "x" * 128)
"""Detail types of which there is no machine; one may have 128 characters (EventBridge API, PutEventsRequestEntry)."""
Event = dict[str, Any]


def event(sample: str = "request.json", **changes: object) -> Event:
    """The event that a target gets of an entry given to PutEvents (EventBridge User Guide, "Event structure")."""
    (entry,) = json.loads((SAMPLES / sample).read_text())
    delivered = {
        "version": "0",
        "id": EVENT_ID,
        "account": "123456789012",
        "region": "us-east-1",
        "time": "2026-01-01T00:00:00Z",
        "resources": [],
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }
    return delivered | changes


SOON = Latency(cluster=60, cluster_deletion=10, load_balancer=20, load_balancer_deletion=5, registration=20)


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(World(event_deliveries=0, latency=SOON), seed=1) as opened:
        yield opened


def deliver(account: Account, delivered: Event) -> tuple[RunReport, dict[str, Any]]:
    """The request's report, and by machine and name what else ran."""
    report = account.run("request", delivered)
    executions = {arn.split(":execution:")[1]: each for arn, each in account.runs[-1].executions.items()}
    return report, {name: each for name, each in executions.items() if not name.startswith("Request:")}


# ---- the rules


def heard(delivered: Event) -> set[str]:
    """The machines whose rule hears the event."""
    machines = read_template().of_type(MACHINE)
    patterns = {
        "Request": machines["Request"]["Events"]["Heard"],
        "Reconcile": machines["Reconcile"]["Events"]["Asked"],
    }
    return {
        machine
        for machine, rule in patterns.items()
        if EventPattern.load(json.dumps(rule["Properties"]["Pattern"])).matches_event(delivered)
    }


@pytest.mark.parametrize(
    ("sample", "by"),
    [
        ("request.json", "Request"),
        ("request-teardown.json", "Request"),
        ("request-reconcile.json", "Reconcile"),
    ],
)
def test_samples_are_heard(sample: str, by: str) -> None:
    assert heard(event(sample)) == {by}


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "private-connection"},
        {"source": "private-connection.request.test"},
        {"source": "aws.elasticache"},
    ],
)
def test_others_are_not(changes: Event) -> None:
    assert heard(event(**changes)) == heard(event("request-reconcile.json", **changes)) == set()


@pytest.mark.parametrize("detail_type", UNKNOWN)
def test_an_event_that_asks_for_something_else_is_heard(detail_type: str) -> None:
    """An event that no rule hears is gone without a trace (EventBridge User Guide, "Event buses")."""
    assert heard(event(**{"detail-type": detail_type})) == {"Request"}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = rendered()["Resources"]
    return found


@pytest.mark.parametrize(("name", "machine"), [("RequestHeard", "Request"), ("ReconcileAsked", "Reconcile")])
def test_the_rule_starts_the_machine_and_keeps_what_it_cannot_deliver(
    resources: dict[str, Any], name: str, machine: str
) -> None:
    rule = resources[name]["Properties"]
    (target,) = rule["Targets"]
    role = resources[target["RoleArn"]["Fn::GetAtt"][0]]["Properties"]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert rule["EventBusName"] == {"Ref": "RequestBus"}
    assert target["Arn"] == statement["Resource"] == {"Ref": machine}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "states:StartExecution")
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredRequests", "Arn"]}}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_only_the_rules_may_fill_the_queue(resources: dict[str, Any]) -> None:
    (statement,) = resources["UndeliveredRequestsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    rules = [each["Fn::GetAtt"][0] for each in statement["Condition"]["ArnEquals"]["aws:SourceArn"]]
    assert rules == ["ReconcileAsked", "RequestHeard"]
    assert {resources[each]["Type"] for each in rules} == {"AWS::Events::Rule"}
    assert (statement["Principal"], statement["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")


@pytest.mark.parametrize(
    ("alarm", "metric", "of"),
    [
        (
            "RequestUndelivered",
            "ApproximateNumberOfMessagesVisible",
            {"Fn::GetAtt": ["UndeliveredRequests", "QueueName"]},
        ),
        ("RequestNotStarted", "ExecutionsFailed", {"Ref": "Request"}),
        ("RequestTimedOut", "ExecutionsTimedOut", {"Ref": "Request"}),
        ("RequestAborted", "ExecutionsAborted", {"Ref": "Request"}),
    ],
)
def test_one_request_that_is_lost_raises_an_alarm(
    resources: dict[str, Any], alarm: str, metric: str, of: dict[str, Any]
) -> None:
    properties = resources[alarm]["Properties"]
    assert (properties["MetricName"], properties["Dimensions"][0]["Value"]) == (metric, of)
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (0, "GreaterThanThreshold")


# ---- the machine


def test_the_detail_type_names_the_machine_and_the_event_the_run_and_delivered_again_it_starts_nothing(
    account: Account,
) -> None:
    # When both samples are delivered, one after the other, the first of them twice
    provision, again = deliver(account, event()), deliver(account, event())
    teardown = deliver(account, event("request-teardown.json", id="af1b1d25-3ab6-4d6c-9c28-8fd0b0a8a1f4"))
    # Then each started its machine, under the event's id, with the event's detail, and the runs did their work
    (name, run) = provision[1].popitem()
    assert (name, run.exec_status) == (f"Provision:{EVENT_ID}", "SUCCEEDED")
    assert run.input_data == event()["detail"]
    (name, run) = teardown[1].popitem()
    assert (name, run.exec_status) == ("Teardown:af1b1d25-3ab6-4d6c-9c28-8fd0b0a8a1f4", "SUCCEEDED")
    assert not account.snapshot.owned()
    assert [provision[0].status, teardown[0].status] == ["SUCCEEDED", "SUCCEEDED"]
    # And the second delivery, after the run had ended, was a success, and nothing else ran
    assert (again[0].status, again[1], again[0].api_calls) == ("SUCCEEDED", {}, {})


def test_an_unknown_detail_type_fails_by_name_and_starts_nothing(account: Account) -> None:
    for detail_type in UNKNOWN:
        report, started = deliver(account, event(**{"detail-type": detail_type}))
        assert (report.status, report.error, started) == ("FAILED", "InvalidRequest", {})
        assert report.cause == (
            f"reading event {EVENT_ID}: found detail type {detail_type}; expected Provision, Teardown or Reconcile; "
            "remedy: correct it, send the event again"
        )


def test_a_run_that_step_functions_does_not_start_is_told_with_its_reason(account: Account) -> None:
    """Whoever delivers an event by hand may give it an id that no execution can have as its name."""
    report, started = deliver(account, event(id="by hand"))
    assert (report.status, report.error, started) == ("FAILED", "AwsRejected", {})
    told = "starting the run that event by hand asks for: StepFunctions.InvalidNameException: "
    assert str(report.cause).startswith(told)


@pytest.mark.parametrize("detail", [{}, {"connection": "redis-demo"}, {"conection": "redis-demo"}])
def test_a_request_is_judged_by_the_run_that_it_starts(account: Account, detail: object) -> None:
    report, started = deliver(account, event(detail=detail))
    (run,) = started.values()
    assert (report.status, run.exec_status, run.error) == ("SUCCEEDED", "FAILED", "InvalidRequest")


# ---- while another run works on the connection

FOR_EVER = 1_000_000
LIMIT = 900
HOLDER = "claiming connection (redis-demo): execution other works on it; wait for its end, or stop it"
BUSY, ENDED = ("FAILED", "ConnectionBusy"), ("FAILED", "InvalidRequest")


def refused() -> Event:
    """An event whose run is refused as soon as it does not find another one at work: it makes nothing."""
    return event(detail={"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "absent"}})


def keep_busy(account: Account, times: int) -> list[float]:
    """The next runs find another at work on their connection. Returns the moments at which they do, in seconds."""
    (deployed,) = (each for each in account.functions._deployed.values() if each.function.step == "claim_connection")
    real, found = account.functions._handler(deployed), list[float]()

    def claim(given: Any, context: Any) -> object:
        if len(found) == times:
            return real(given, context)
        found.append(account.clock.now())
        raise importlib.import_module("private_connection.errors").ConnectionBusy(HOLDER)

    account.functions.replace("claim_connection", claim)
    return found


def at(state: str, do: Callable[[], object]) -> Callable[[Moment], None]:
    """A listener that does something when a state is entered for the first time."""
    left = [do]

    def listen(moment: Moment) -> None:
        if (moment.kind, moment.state) == ("entered", state) and left:
            left.pop()()

    return listen


def numbered(count: int) -> list[str]:
    return [f"Provision:{EVENT_ID}", *(f"Provision:{EVENT_ID}-{number}" for number in range(2, count + 1))]


def ends(started: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each.exec_status, each.error) for each in started.values()]


def test_a_run_that_finds_its_connection_busy_is_started_again_after_a_minute(account: Account) -> None:
    found = keep_busy(account, times=2)
    report, started = deliver(account, refused())
    assert (report.status, list(started)) == ("SUCCEEDED", numbered(3))
    assert ends(started) == [BUSY, BUSY, ENDED]
    assert all(each.input_data == refused()["detail"] for each in started.values())
    assert 55 < found[1] - found[0] < 65


@pytest.mark.parametrize("late", [(70.0, 0.0), (0.0, 150.0), (45.0, 90.0)], ids=str)
def test_a_busy_run_is_started_again_however_late_its_start_its_end_and_its_error_are_seen(
    account: Account, late: tuple[float, float]
) -> None:
    """API reference, DescribeExecution: "eventually consistent". A run without its error has not begun to work."""
    account.interpreter.seen_after, account.interpreter.told_after = late
    keep_busy(account, times=2)
    report, started = deliver(account, event())
    assert (report.status, list(started)) == ("SUCCEEDED", numbered(3))
    assert ends(started) == [BUSY, BUSY, ("SUCCEEDED", None)]


def test_after_its_limit_it_fails_by_name_and_says_who_works_there() -> None:
    parameters = {"RequestPollSeconds": "300", "RequestLimitSeconds": str(LIMIT)}
    with Account(World(event_deliveries=0), seed=1, parameters=parameters) as account:
        keep_busy(account, FOR_EVER)
        report, started = deliver(account, event())
        assert (report.status, report.error) == BUSY
        told = f"starting the run that event {EVENT_ID} asks for: {HOLDER}; remedy: send the event again once "
        assert report.cause == f"{told}that run has ended"
        assert LIMIT <= report.virtual_seconds < LIMIT + 310
        assert list(started) == numbered(LIMIT // 300)
        # When the event is delivered again, then nothing is started
        again, more = deliver(account, event())
        assert (again.error, list(more)) == ("ConnectionBusy", [])


@pytest.mark.parametrize("state", ["Wait for the run", "Look at the run"])
def test_two_deliveries_that_wait_beside_each_other_start_each_run_once(account: Account, state: str) -> None:
    keep_busy(account, times=2)
    again = {"stateMachineArn": account.machine("request").arn, "name": "again", "input": json.dumps(refused())}

    def start() -> None:
        account._client.start_execution(**again)

    report = account.run("request", refused(), listeners=[at(state, lambda: account.clock.start(start))])
    executions = {arn.split(":execution:")[1]: each for arn, each in account.interpreter.executions.items()}
    assert (report.status, executions.pop("Request:again").exec_status) == ("SUCCEEDED", "SUCCEEDED")
    executions.pop(f"Request:{report.name}")
    assert (list(executions), ends(executions)) == (numbered(3), [BUSY, BUSY, ENDED])


def test_a_run_that_was_started_before_and_found_its_connection_busy_is_started_again(account: Account) -> None:
    """As after a start whose answer was lost: the run has ended when the start is tried again."""
    keep_busy(account, times=1)
    assert account.run("provision", refused()["detail"], name=EVENT_ID).error == "ConnectionBusy"
    report, started = deliver(account, refused())
    assert (report.status, list(started), ends(started)) == ("SUCCEEDED", numbered(2)[1:], [ENDED])


def test_a_run_that_works_for_longer_than_the_limit_is_left_to_itself() -> None:
    slow = SOON.model_copy(update={"cluster": 500})
    with Account(World(event_deliveries=0, latency=slow), seed=1, parameters={"RequestLimitSeconds": "300"}) as account:
        detail = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}
        report, started = deliver(account, event(detail=detail))
        (run,) = started.values()
        assert (report.status, run.exec_status) == ("SUCCEEDED", "SUCCEEDED")
        assert 300 <= report.virtual_seconds < 365 < (run.stop_date - run.start_date).total_seconds()


def test_whoever_stops_the_request_stops_no_run(account: Account) -> None:
    # Given that its run has been started, and has not done anything yet
    report = account.run("request", refused(), stop_at=StopAt(state="Wait for the run", when="before"))
    _, run = account.interpreter.executions.values()
    assert (report.status, run.exec_status, run.error) == ("ABORTED", *ENDED)


def test_a_run_that_step_functions_does_not_tell_of_is_told_with_its_reason(account: Account) -> None:
    # Given that the machine was deleted meanwhile, with its executions
    machine = account.machine("provision").arn
    forget = at("Look at the run", lambda: account._client.delete_state_machine(stateMachineArn=machine))
    report = account.run("request", refused(), listeners=[forget])
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    told = f"looking at the run that event {EVENT_ID} asks for: Sfn.ExecutionDoesNotExistException: "
    assert str(report.cause).startswith(told)
