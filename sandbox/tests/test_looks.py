"""Looks at executions: what a function is told of each end, how late it is told, and what is no execution."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport, Start, StopAt
from sandbox.tests.engine_stage import FIXTURES, Stage, machine, nested, wait
from sandbox.world import World

ARN = "arn:aws:states:us-east-1:123456789012:execution:"
CALL = ARN.replace("execution", "stateMachine") + "Call"
RECORDS = FIXTURES / "records" / "template.yaml"
SLOW = {"W": wait(60)}
PASS = {"P": {"Type": "Pass", "End": True}}


@pytest.fixture
def account() -> Iterator[Account]:
    world = World.model_validate({"latency": {"call": 1, "task": 0, "coldStart": 0}})
    with Account(world, seed=1, template=RECORDS) as opened:
        yield opened


def ask(account: Account, operation: str, function: str = "Asker", **parameters: Any) -> RunReport:
    event = {"service": "stepfunctions", "operation": operation, "parameters": parameters}
    return account.run("call", {"function": function, "event": event})


def started_by(text: str) -> dict[str, Any]:
    """What makes a function start an execution of this input."""
    parameters = {"stateMachineArn": CALL, "name": "started", "input": text}
    return {"service": "stepfunctions", "operation": "start_execution", "parameters": parameters}


def begin(stage: Stage, states: dict[str, Any], **fields: Any) -> str:
    arn = stage.create(machine(states, **fields), "looked-at")
    started = boto3.client("stepfunctions").start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
    return str(started["executionArn"])


def described(arn: str) -> Any:
    return boto3.client("stepfunctions").describe_execution(executionArn=arn)


# how an execution ended


@pytest.mark.parametrize(
    ("states", "fields", "seconds", "told"),
    [
        (PASS, {}, 0, {"status": "SUCCEEDED", "output": '{"a":1}'}),
        ({"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}, {}, 0, {"status": "FAILED", "error": "E", "cause": "c"}),
        (SLOW, {"TimeoutSeconds": 7}, 7, {"status": "TIMED_OUT"}),
        (SLOW, {}, 60, {"status": "SUCCEEDED", "output": '{"a":1}'}),
    ],
    ids=["succeeded", "failed", "timed out", "waited"],
)
def test_an_execution_that_ended_says_how_and_when(
    stage: Stage, states: Any, fields: Any, seconds: float, told: dict[str, str]
) -> None:
    arn, began = begin(stage, states, **fields), stage.clock.now()
    stage.clock.run()
    stage.clock.sleep(1000)
    answer = described(arn)
    said = {key: answer[key] for key in ("status", "output", "error", "cause") if key in answer}
    assert said == told
    assert answer["stopDate"] == datetime.fromtimestamp(began + seconds, UTC), "by the virtual clock"
    assert answer["input"] == '{"a": 1}'


def test_an_execution_that_was_stopped_says_so(account: Account) -> None:
    event = {"service": "stepfunctions", "operation": "list_state_machines", "parameters": {}}
    stopped = account.run("call", {"function": "Asker", "event": event}, stop_at=StopAt(state="Call", when="after"))
    assert stopped.status == "ABORTED"
    answer = ask(account, "describe_execution", executionArn=f"{ARN}Call:{stopped.name}").output
    assert (answer["status"], "error" in answer, "output" in answer) == ("ABORTED", False, False)
    assert answer["stopDate"]


def test_a_running_execution_has_no_end(account: Account) -> None:
    """The execution that asks runs."""
    answer = ask(account, "describe_execution", executionArn=f"{ARN}Call:call-1").output
    assert answer["status"] == "RUNNING"
    assert not {"stopDate", "output", "error", "cause"} & answer.keys()


# who asks


def test_a_functions_look_is_counted_takes_its_time_and_meets_its_fault(account: Account) -> None:
    arn = f"{ARN}Call:call-1"
    report = ask(account, "describe_execution", executionArn=arn)
    assert report.api_calls == {"stepfunctions:DescribeExecution": 1}
    assert report.virtual_seconds == 1
    event = {"service": "stepfunctions", "operation": "describe_execution", "parameters": {"executionArn": arn}}
    throttled = Fault(operation="stepfunctions:DescribeExecution", error="ThrottlingException", times=9)
    report = account.run("call", {"function": "Asker", "event": event}, faults=[throttled])
    assert report.output["Error"]["Code"] == "ThrottlingException"
    assert report.api_calls["stepfunctions:DescribeExecution"] > 1, "the client repeats it"


def test_a_function_looks_with_its_own_role(account: Account) -> None:
    report = ask(account, "describe_execution", function="Stranger", executionArn=f"{ARN}Call:call-1")
    error = report.output["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert (
        f"not authorized to perform: states:DescribeExecution on resource: {ARN}Call:call-1 because" in error["Message"]
    )


def test_a_function_starts_an_execution_which_goes_on_beside_its_run(account: Account) -> None:
    """API reference, StartExecution: of a standard workflow it answers at once. What the execution does is its own."""
    inner = {"function": "Asker", "event": {"service": "dynamodb", "operation": "list_tables", "parameters": {}}}
    event = started_by(json.dumps(inner))
    throttled = Fault(operation="dynamodb:ListTables", error="ThrottlingException", optional=True)
    report = account.run("call", {"function": "Asker", "event": event}, faults=[throttled])
    assert report.output["executionArn"] == f"{ARN}Call:started"
    assert (report.virtual_seconds, report.api_calls) == (1, {"stepfunctions:StartExecution": 1})
    (begun,) = report.started
    assert (begun.run, begun.name, begun.status, begun.virtual_seconds) == ("call", "started", "SUCCEEDED", 1)
    assert (begun.api_calls, begun.output["TableNames"][0]) == ({"dynamodb:ListTables": 1}, "Records")
    answer = ask(account, "describe_execution", executionArn=f"{ARN}Call:started").output
    assert (answer["status"], json.loads(answer["output"])["TableNames"][0]) == ("SUCCEEDED", "Records")


def test_an_execution_that_a_function_has_started_goes_on_when_the_functions_run_is_stopped(account: Account) -> None:
    """Its caller does not wait for it."""
    inner = {"function": "Asker", "event": {"service": "dynamodb", "operation": "list_tables", "parameters": {}}}
    given = {"function": "Asker", "event": started_by(json.dumps(inner))}
    report = account.run("call", given, stop_at=StopAt(state="Call", when="after"))
    assert (report.status, [each.status for each in report.started]) == ("ABORTED", ["SUCCEEDED"])


def test_the_same_start_is_one_execution(account: Account) -> None:
    """API reference, StartExecution: idempotent while it runs; refused if the input differs, or if it has ended."""
    asking = {"function": "Asker", "event": {"service": "dynamodb", "operation": "list_tables", "parameters": {}}}
    same = {"function": "Asker", "event": started_by(json.dumps(asking))}
    other = {"function": "Asker", "event": started_by(json.dumps(asking | {"x": 1}))}
    reports = account.together([Start("call", each) for each in (same, same, other)], [0, 0.5, 0.2])
    assert [len(each.started) for each in reports] == [1, 0, 0]
    assert reports[1].output == reports[0].output
    assert reports[2].output["Error"]["Code"] == "ExecutionAlreadyExists"
    assert account.run("call", same).output["Error"]["Code"] == "ExecutionAlreadyExists"


@pytest.mark.parametrize(("operation", "more"), [("start_execution", {"name": "started"}), ("list_executions", {})])
def test_a_function_starts_and_lists_with_its_own_role(account: Account, operation: str, more: Any) -> None:
    """On the machine (Service Authorization Reference, AWS Step Functions)."""
    report = ask(account, operation, function="Stranger", stateMachineArn=CALL, **more)
    action = "StartExecution" if "name" in more else "ListExecutions"
    assert report.output["Error"]["Code"] == "AccessDeniedException"
    assert f"to perform: states:{action} on resource: {CALL} because" in report.output["Error"]["Message"]
    assert report.started == []


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"{ARN}Call:none", "ExecutionDoesNotExist"),
        (f"{ARN}None:none", "ExecutionDoesNotExist"),
        ("nothing", "InvalidArn"),
        ("arn:aws:states:us-east-1:123456789012:stateMachine:Call", "InvalidArn"),
    ],
)
def test_what_is_no_execution_is_refused(account: Account, arn: str, code: str) -> None:
    """API reference, DescribeExecution, Errors."""
    assert ask(account, "describe_execution", executionArn=arn).output["Error"]["Code"] == code


# how late it is seen


def test_a_start_and_an_end_are_seen_late(stage: Stage) -> None:
    """API reference, DescribeExecution: "eventually consistent"; neither may be reflected at once."""
    stage.interpreter.seen_after = 5
    seen: list[str] = []

    def look(seconds: float) -> None:
        stage.clock.sleep(seconds)
        try:
            seen.append(described(arn)["status"])
        except ClientError as error:
            seen.append(error.response["Error"]["Code"])
        client = boto3.client("stepfunctions")
        found = client.list_executions(stateMachineArn=arn.replace("execution", "stateMachine").removesuffix(":one"))
        seen.append(",".join(each["status"] for each in found["executions"]))

    arn = begin(stage, SLOW)
    for seconds in (4, 6, 61, 66):
        stage.clock.start(lambda seconds=seconds: look(seconds))  # type: ignore[misc]  # a default that binds
    stage.clock.run()
    late, early, running = "ExecutionDoesNotExist", "", "RUNNING"
    assert seen == [late, early, running, running, running, running, "SUCCEEDED", "SUCCEEDED"]


@pytest.mark.parametrize(
    "operation", ["describe_execution", "describe_state_machine_for_execution", "get_execution_history"]
)
def test_whatever_asks_after_an_execution_does_not_see_it_before(stage: Stage, operation: str) -> None:
    """API references: the first two are eventually consistent. Each knows of ExecutionDoesNotExist."""
    stage.interpreter.seen_after = 5
    arn, client = begin(stage, SLOW), boto3.client("stepfunctions")
    with pytest.raises(client.exceptions.ExecutionDoesNotExist):
        getattr(client, operation)(executionArn=arn)
    stage.clock.sleep(6)
    assert getattr(client, operation)(executionArn=arn)
    with pytest.raises(client.exceptions.ExecutionDoesNotExist):
        getattr(client, operation)(executionArn=arn + "-not")
    stage.clock.run()


RESULTS = {"output", "outputDetails", "error", "cause"}


@pytest.mark.parametrize(
    ("states", "status", "result"),
    [
        ({"W": wait(60)}, "SUCCEEDED", {"output", "outputDetails"}),
        ({"W": wait(60, Next="F"), "F": {"Type": "Fail", "Error": "E", "Cause": "c"}}, "FAILED", {"error", "cause"}),
    ],
)
def test_how_it_ended_is_seen_before_what_came_of_it(
    stage: Stage, states: dict[str, Any], status: str, result: set[str]
) -> None:
    """aws/aws-sdk-js issue 2462: SUCCEEDED, without `output`."""
    stage.interpreter.seen_after, stage.interpreter.told_after = 5, 10
    arn, seen = begin(stage, states), list[tuple[str, bool, set[str]]]()

    def look(seconds: float) -> None:
        stage.clock.sleep(seconds)
        answer = described(arn)
        seen.append((answer["status"], "stopDate" in answer, RESULTS & answer.keys()))

    for seconds in (64, 66, 74, 76):
        stage.clock.start(lambda seconds=seconds: look(seconds))  # type: ignore[misc]  # a default that binds
    stage.clock.run()
    early = (status, True, set[str]())
    assert seen == [("RUNNING", False, set()), early, early, (status, True, result)]


def test_a_world_says_how_late() -> None:
    assert (World().latency.execution_seen, World().latency.execution_result) == (0, 0)
    late = {"executionSeen": 30, "executionResult": 20}
    with Account(World.model_validate({"latency": late}), template=RECORDS) as account:
        answer = ask(account, "describe_execution", executionArn=f"{ARN}Call:call-1").output
        assert answer["Error"]["Code"] == "ExecutionDoesNotExist"
        assert (account.interpreter.seen_after, account.interpreter.told_after) == (30, 20)


def test_who_waits_for_an_execution_sees_its_end_at_once(stage: Stage) -> None:
    stage.interpreter.seen_after = stage.interpreter.told_after = 500
    child = stage.create(machine(SLOW), "child")
    assert stage.play(machine({"N": nested(child)}), {"a": 1}).status == "SUCCEEDED"


def test_an_end_is_seen_at_a_time_between_two_microseconds_too(stage: Stage) -> None:
    """Dates have whole microseconds: this time, as a date, lies ahead of itself."""
    between = 1767229777.0713599
    stage.clock.sleep(between - stage.clock.now())
    assert datetime.now(UTC).timestamp() > stage.clock.now() == between
    child = stage.create(machine(PASS), "child")
    ended = stage.play(machine({"N": nested(child)}), {"a": 1})
    assert ended.output["Status"] == "SUCCEEDED"


# lists


def test_executions_are_listed_newest_first_in_pages(stage: Stage) -> None:
    """API reference, ListExecutions."""
    arn, client = stage.create(machine(PASS), "listed"), boto3.client("stepfunctions")
    for name in ("a", "b", "c"):
        client.start_execution(stateMachineArn=arn, name=name)
        stage.clock.sleep(1)
    stage.clock.run()
    first = client.list_executions(stateMachineArn=arn, maxResults=2, statusFilter="SUCCEEDED")
    rest = client.list_executions(stateMachineArn=arn, maxResults=2, nextToken=first["nextToken"])
    assert [each["name"] for each in first["executions"] + rest["executions"]] == ["c", "b", "a"]
    assert "nextToken" not in rest
    assert {"startDate", "stopDate", "stateMachineArn"} < first["executions"][0].keys()
    assert client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"] == []
    with pytest.raises(client.exceptions.InvalidToken):
        client.list_executions(stateMachineArn=arn, nextToken="x")
    assert len(client.list_executions(stateMachineArn=arn, maxResults=1000)["executions"]) == 3
    with pytest.raises(ClientError, match="less than or equal to 1000"):
        client.list_executions(stateMachineArn=arn, maxResults=1001)


# a stop


def test_a_stop_answers_when_it_stopped_the_execution(stage: Stage) -> None:
    """API reference, StopExecution: `stopDate` is always there, and says when the execution was stopped."""
    arn = begin(stage, SLOW)
    stage.clock.call_at(stage.clock.now() + 20, lambda: stopped.append(_stopped(arn)))
    stopped: list[datetime] = []
    began = stage.clock.now()
    stage.clock.run()
    assert stopped == [datetime.fromtimestamp(began + 20, UTC)]
    assert described(arn)["status"] == "ABORTED"


def test_an_execution_can_be_stopped_before_its_first_state(stage: Stage) -> None:
    arn = begin(stage, SLOW)
    assert _stopped(arn).timestamp() == stage.clock.now()
    stage.clock.run()
    assert described(arn)["status"] == "ABORTED"


def test_a_stop_of_what_has_ended_changes_nothing_and_says_when_it_ended(stage: Stage) -> None:
    arn = begin(stage, PASS)
    stage.clock.run()
    before = described(arn)
    stage.clock.sleep(60)
    assert _stopped(arn) == before["stopDate"]
    assert (described(arn)["status"], described(arn)["stopDate"]) == ("SUCCEEDED", before["stopDate"])


@pytest.mark.parametrize("after", [0, 20])
@pytest.mark.parametrize("given", [{"error": "Mine", "cause": "why"}, {"error": "Mine"}, {"cause": "why"}, {}])
def test_an_execution_has_the_error_and_the_cause_with_which_it_was_stopped(
    stage: Stage, given: dict[str, str], after: float
) -> None:
    """API reference, StopExecution, DescribeExecution, ExecutionAbortedEventDetails; before its first state too."""
    arn = begin(stage, SLOW)
    stopped: list[datetime] = []
    stage.clock.call_at(stage.clock.now() + after, lambda: stopped.append(_stopped(arn, **given)))
    stage.clock.run()
    found = described(arn)
    assert (found["status"], {key: found[key] for key in ("error", "cause") if key in found}) == ("ABORTED", given)
    last = boto3.client("stepfunctions").get_execution_history(executionArn=arn, reverseOrder=True)["events"][0]
    assert (last["type"], last.get("executionAbortedEventDetails", {})) == ("ExecutionAborted", given)


def test_what_has_ended_keeps_the_error_that_it_had(stage: Stage) -> None:
    arn = begin(stage, {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}})
    stage.clock.run()
    _stopped(arn, error="Mine", cause="why")
    assert [described(arn)[key] for key in ("status", "error", "cause")] == ["FAILED", "E", "c"]


def test_a_nested_execution_that_is_stopped_tells_its_caller_why(stage: Stage) -> None:
    child = stage.create(machine(SLOW), "child")
    cause = {"Output": "{% $parse($states.errorOutput.Cause).[Error, Cause, Status] %}"}
    caught = {"Caught": {"Type": "Pass", "End": True}}
    states = {"N": nested(child, Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught", **cause}]), **caught}

    def stop() -> None:
        (arn,) = (each for each in stage.interpreter.executions if ":child:" in each)
        _stopped(arn, error="Mine", cause="why")

    stage.clock.call_at(stage.clock.now() + 20, stop)
    assert stage.play(machine(states), {}).output == ["Mine", "why", "ABORTED"]


@pytest.mark.parametrize(("name", "longest"), [("error", 256), ("cause", 32_768)])
def test_an_error_and_a_cause_have_a_length(stage: Stage, name: str, longest: int) -> None:
    arn = begin(stage, SLOW)
    with pytest.raises(ClientError, match=f"'{name}' failed to satisfy.* less than or equal to {longest}"):
        _stopped(arn, **{name: "x" * (longest + 1)})
    _stopped(arn, **{name: "x" * longest})
    stage.clock.run()
    assert described(arn)[name] == "x" * longest


def test_what_does_not_exist_cannot_be_stopped(stage: Stage) -> None:
    arn = begin(stage, PASS)
    with pytest.raises(stage.client.exceptions.ExecutionDoesNotExist):
        _stopped(arn + "-not")


def _stopped(arn: str, **reason: str) -> datetime:
    answer = boto3.client("stepfunctions").stop_execution(executionArn=arn, **reason)
    moment: datetime = answer["stopDate"]
    return moment
