"""Whatever AWS does to a single call: a run ends with everything made once, or fails by the right name.

The operations and functions are those that runs really call, so a new one joins by itself. Those that meet what is
tried elsewhere too are drawn; `make soak` tries all of them.
"""

import re
from dataclasses import replace
from typing import Final

import pytest

from sandbox.faults import Fault
from tests.draws import SOAKING, drawn
from tests.scenarios.disturbances import FOR_EVER, Cell, Outcome, denied, disturb, throttled, undisturbed
from tests.scenarios.ending import check_connected
from tests.scenarios.playing import BOOKKEEPING, SUCCEEDED, mutating, summary

SHOWN_BY_A_DRY_RUN: Final = ("ec2:CreateSecurityGroup", "ec2:CreateVpcEndpointServiceConfiguration")
CHANGED: Final = {
    "placed elsewhere": Cell(placements={"redis-demo-001": "us-east-1b"}),
    "address changed": Cell(moved=True),
}
"""Where a run has to take something away, or change it."""
PARTS: Final = 4
"""Of the calls, in as many runs one function after another fails of its own; `make soak` has a run for each call."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "operation" in metafunc.fixturenames:
        metafunc.parametrize("operation", drawn(operations(), metafunc.function.__name__))
    if "together" in metafunc.fixturenames:
        metafunc.parametrize("together", parts(operations()), ids=" ".join)
    if metafunc.function is test_a_function_that_did_its_work_and_timed_out_is_called_again:
        metafunc.parametrize("step", drawn(undisturbed().steps, metafunc.function.__name__))


def parts(tried: list[str]) -> list[list[str]]:
    """All are tried with every change: what a run asks only after a lost answer is not asked anywhere else."""
    number = len(tried) if SOAKING else PARTS
    return [tried[first::number] for first in range(number)]


def operations() -> list[str]:
    """Those that change something, and those that tell the registry of it. What nobody hears of is tried by itself
    (tests/faults/test_notices.py): it fails nothing.
    """
    run = undisturbed().runs[0]
    return sorted(mutating(run).keys() | run.api_calls.keys() & BOOKKEEPING - {"events:PutEvents"})


def lost(operation: str, times: int) -> Fault:
    return Fault(operation=operation, error="InternalError", times=times, applied=True)


def assert_as_undisturbed(outcome: Outcome) -> None:
    (run,) = outcome.runs
    assert summary(run) == SUCCEEDED
    check_connected(outcome.ending, run.output)
    assert outcome.ending.shape == undisturbed().ending.shape, "nothing double, nothing orphaned"
    assert outcome.ending.foreign_changes == []


def test_throttling_three_times_is_borne(operation: str) -> None:
    outcome = disturb(Cell(faults=(throttled(operation, 3),)))
    assert outcome.runs[0].api_calls[operation] > 3
    assert_as_undisturbed(outcome)


def test_throttling_beyond_what_a_function_bears_is_borne_by_calling_it_again() -> None:
    outcome = disturb(Cell(faults=(throttled("elbv2:CreateLoadBalancer", 10),)))
    assert outcome.runs[0].api_calls["elbv2:CreateLoadBalancer"] == 11
    assert_as_undisturbed(outcome)


def test_a_call_whose_answer_was_lost_is_made_once_more_and_has_one_effect(operation: str) -> None:
    assert_as_undisturbed(disturb(Cell(faults=(lost(operation, 1),))))


def test_a_function_that_failed_of_lost_answers_is_called_again(together: list[str]) -> None:
    """After four the client gives up."""
    assert_as_undisturbed(disturb(Cell(faults=tuple(lost(each, 4) for each in together))))


@pytest.mark.parametrize("change", CHANGED)
def test_changing_what_was_made_before_bears_the_same(change: str) -> None:
    """Of what is called after a change, and not without one."""
    run = disturb(CHANGED[change]).runs[0]
    assert summary(run) == SUCCEEDED
    changing = mutating(run).keys() - mutating(undisturbed().runs[0]).keys()
    assert changing
    faults = tuple(fault for each in sorted(changing) for fault in (throttled(each, 3), lost(each, 4)))
    assert_as_undisturbed(disturb(replace(CHANGED[change], faults=faults)))


def test_a_denial_ends_the_run_and_is_told_in_aws_words(operation: str) -> None:
    fault = denied(operation, FOR_EVER)
    run = disturb(Cell(faults=(fault,), keep=True)).runs[0]
    words, in_advance = rf"The sandbox was told to answer {operation} with this", operation in SHOWN_BY_A_DRY_RUN
    told = rf"validating request: .*{words}; expected" if in_advance else rf"[a-z ]+ing [a-z ]+ \(\S+\): {words}\. \["
    assert (run.status, run.output) == ("FAILED", None)
    assert run.error == ("InvalidRequest" if in_advance else "AwsRejected")
    assert re.match(told, run.cause or ""), run.cause


def test_a_function_that_did_its_work_and_timed_out_is_called_again(step: str) -> None:
    assert_as_undisturbed(disturb(Cell(faults=(Fault(function=step, error="Timeout", applied=True),))))


def test_a_function_that_timed_out_before_its_work_is_called_again() -> None:
    assert_as_undisturbed(disturb(Cell(faults=(Fault(function="ensure_cluster", error="Timeout"),))))


# where the run claims, before it makes anything, in a branch, in an iteration, and when everything has been made
@pytest.mark.parametrize(
    "step", ["claim_connection", "validate_request", "check_cluster", "ensure_target_group", "record_connection"]
)
def test_a_function_that_always_times_out_ends_the_run(step: str) -> None:
    run = disturb(Cell(faults=(Fault(function=step, error="Timeout", times=FOR_EVER),), keep=True)).runs[0]
    assert (run.status, run.error, run.output) == ("FAILED", "StepTimedOut", None)
    assert re.match(r"running a step: Sandbox.Timedout: .*Task timed out after 60\.00 seconds", run.cause or "")


def test_a_failure_that_cannot_be_explained_is_told_as_it_came() -> None:
    faults = (denied("iam:CreateRole"), Fault(function="explain_failure", error="Timeout", times=FOR_EVER))
    run = disturb(Cell(faults=faults)).runs[0]
    assert (run.status, run.error) == ("FAILED", "StepTimedOut")
    assert "AwsRejected" in (run.cause or "")
    assert "iam:CreateRole" in (run.cause or "")
