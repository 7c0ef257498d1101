"""What runs in a stack is found before a deploy replaces its functions, and told in one line with what to do."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws

from tools import running
from tools.caller import RefusedError
from tools.running import refuse_while_running

STACK = "ververica-private-connection"
DEFINITION = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 900, "End": True}}})
ROLE = "arn:aws:iam::123456789012:role/states"
ABSENT = {"Code": "ValidationError", "Message": f"Stack with id {STACK} does not exist"}
Answers = dict[str, tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def shared() -> boto3.Session:
    """One session, because reading the services' models costs most of the time."""
    return boto3.Session("a", "b", region_name="eu-west-1")


@pytest.fixture
def answers() -> Answers:
    """What a service answers instead of moto, by operation: a status and a body."""
    return {"ListStackResources": (400, {"Error": ABSENT})}


@pytest.fixture
def session(shared: boto3.Session, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    def answer(model: Any, **_: object) -> Any:
        if model.name not in answers:
            return None
        status, body = answers[model.name]
        return AWSResponse("", status, HTTPHeaders(), None), body

    monkeypatch.delenv("FORCE", raising=False)
    shared.events.register("before-call", answer)
    with mock_aws():
        yield shared
    shared.events.unregister("before-call", answer)


@pytest.fixture
def machines(session: boto3.Session, answers: Answers) -> list[str]:
    """The two machines of a stack, which has a queue, a machine that is being made and one that was deleted."""
    client = session.client("stepfunctions")
    made = [client.create_state_machine(name=each, definition=DEFINITION, roleArn=ROLE) for each in ("a", "b")]
    arns = [each["stateMachineArn"] for each in made]
    resources = [resource(running.MACHINE, arn) for arn in arns]
    others = [resource(running.MACHINE), resource(running.MACHINE, arns[0] + "-old", "DELETE_COMPLETE")]
    listed = [resource("AWS::SQS::Queue", "https://queue"), *others, *resources]
    answers["ListStackResources"] = (200, {"StackResourceSummaries": listed})
    return arns


def resource(kind: str, identifier: str | None = None, status: str = "UPDATE_COMPLETE") -> dict[str, str]:
    """As ListStackResources has it (CloudFormation API reference, StackResourceSummary)."""
    there = {"PhysicalResourceId": identifier} if identifier else {}
    return {"ResourceType": kind, "ResourceStatus": status, **there}


def start(session: boto3.Session, machine: str, name: str = "mine") -> str:
    return session.client("stepfunctions").start_execution(stateMachineArn=machine, name=name)["executionArn"]


def told(session: boto3.Session) -> str:
    with pytest.raises(RefusedError) as refusal:
        refuse_while_running(session, STACK)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_stack_that_does_not_exist_yet_runs_nothing(session: boto3.Session) -> None:
    refuse_while_running(session, STACK)


def test_a_run_that_has_ended_is_none(session: boto3.Session, machines: list[str]) -> None:
    assert len(machines) == 2
    run = start(session, machines[0])
    session.client("stepfunctions").stop_execution(executionArn=run)
    refuse_while_running(session, STACK)


@pytest.mark.parametrize("number", [0, 1])
def test_a_run_is_named_with_what_to_do(session: boto3.Session, machines: list[str], number: int) -> None:
    run = start(session, machines[number])
    line = told(session)
    assert line.startswith(
        f"1 execution is going on, under which a deploy would replace the functions: {run}: wait for"
    )
    assert "aws stepfunctions stop-execution --execution-arn" in line
    assert line.endswith("make deploy FORCE=1 deploys all the same")


def test_who_deletes_the_stack_is_told_so(session: boto3.Session, machines: list[str]) -> None:
    start(session, machines[0])
    with pytest.raises(RefusedError, match=r"half-way and leave what they made: .*; make destroy FORCE=1 deletes all"):
        refuse_while_running(session, STACK, running.DESTROY)


def test_of_many_runs_the_first_are_named(session: boto3.Session, machines: list[str]) -> None:
    for number in range(7):
        start(session, machines[0], f"run-{number}")
    line = told(session)
    assert line.startswith("7 executions are going on")
    assert (line.count(":execution:"), "and 2 more: wait" in line) == (running.NAMED_AT_MOST, True)


def test_who_forces_it_is_not_refused(
    session: boto3.Session, machines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(session, machines[0])
    monkeypatch.setenv("FORCE", "1")
    refuse_while_running(session, STACK)


@pytest.mark.parametrize("operation", ["ListStackResources", "ListExecutions"])
def test_who_may_not_see_what_runs_is_told_what_to_do(
    session: boto3.Session, machines: list[str], answers: Answers, operation: str
) -> None:
    answers[operation] = (400, {"Error": {"Code": "AccessDeniedException", "Message": "not\nauthorized"}})
    line = told(session)
    assert line.startswith(f"AWS does not say whether a run of {STACK} is going on (An error occurred (AccessDenied")
    assert "docs/policies/deploy.json" in line
    assert line.endswith("make deploy FORCE=1 if you know that none is")
