"""What Step Functions says of a run, and when that means that it works no more."""

from datetime import timedelta

import pytest

from private_connection.errors import ServiceFault, StepError, Throttled
from private_connection.registry.entries import Run
from private_connection.registry.executions import LONGEST, REFUSED, UNKNOWN, UNSEEN, Life, find_life
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.registry.stage import NOW, FakeExecutions, ago, arn
from tools.definitions.reading import definitions, read


def a_claim(**age: float) -> Run:
    return Run(execution=arn("run-1"), maker="run-1-0a1b2c3d", since=ago(**age))


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_that_ended_is_over_since_then(executions: FakeExecutions, status: str) -> None:
    executions.are(status, "run-1", input="{}")
    life = find_life(arn("run-1"))
    assert life == Life(status, NOW - timedelta(minutes=1), "{}")
    assert life.is_over(a_claim(seconds=1))


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_an_execution_that_runs_is_not_over_however_old(executions: FakeExecutions, status: str) -> None:
    executions.are(status, "run-1")
    assert not find_life(arn("run-1")).is_over(a_claim(days=30))


def test_an_input_that_is_not_told_is_none(executions: FakeExecutions) -> None:
    executions.are("RUNNING", "run-1")
    assert (find_life(arn("run-1")).input, find_life(arn("run-1")).stopped_at) == (None, None)


@pytest.mark.parametrize(
    ("status", "age", "over"),
    [
        (UNKNOWN, UNSEEN - timedelta(seconds=1), False),
        (UNKNOWN, UNSEEN, True),
        (UNKNOWN, timedelta(0), False),
        (REFUSED, UNSEEN * 2, False),
        (REFUSED, LONGEST, False),
        (REFUSED, LONGEST + timedelta(seconds=1), True),
    ],
)
def test_one_that_cannot_be_seen_is_judged_by_the_age_of_its_claim(status: str, age: timedelta, *, over: bool) -> None:
    assert Life(status).is_over(a_claim(seconds=age.total_seconds())) is over


@pytest.mark.parametrize("refusal", [DENIED, Refusal("InvalidArn"), Refusal("KmsAccessDeniedException")])
def test_a_refusal_is_an_answer_that_says_why(executions: FakeExecutions, refusal: Refusal) -> None:
    executions.refuse(refusal, "run-1")
    life = find_life(arn("run-1"))
    assert life == Life(REFUSED, refusal=f"asking after execution ({arn('run-1')}): because [{refusal.code}]")


def test_an_execution_that_step_functions_does_not_show_is_unknown(aws: FakeAws, executions: FakeExecutions) -> None:
    assert find_life(arn("run-9")) == Life(UNKNOWN)
    assert aws.asked("DescribeExecution") == [{"executionArn": arn("run-9")}]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal("ThrottlingException"), Throttled),
        (Refusal("InternalFailure", 500), ServiceFault),
        (Refusal("ServiceUnavailable", 503), ServiceFault),
    ],
)
def test_no_answer_is_none_and_is_asked_for_again(
    executions: FakeExecutions, refusal: Refusal, error: type[StepError]
) -> None:
    executions.refuse(refusal, "run-1")
    with pytest.raises(error, match="asking after execution"):
        find_life(arn("run-1"))


def test_no_machine_runs_longer_than_the_longest() -> None:
    limits = {path.name: read(path)["TimeoutSeconds"] for path in definitions()}
    assert timedelta(seconds=max(limits.values())) == LONGEST
