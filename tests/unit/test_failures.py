"""The error of a run, from what Step Functions caught."""

import json

import pytest

from private_connection.failures import CAUSE_LIMIT, ExplainFailure, Failure, explain_failure


def thrown(error: str, message: str = "creating thing (t): because") -> Failure:
    """A function's exception as Step Functions catches it."""
    cause = {"errorMessage": message, "errorType": error, "stackTrace": ["File app.py"]}
    return Failure(error=error, cause=json.dumps(cause))


def explained(*failures: Failure) -> tuple[str, str]:
    result = explain_failure(ExplainFailure(failures=failures))
    return result.error, result.cause


def test_an_exception_is_told_by_its_message() -> None:
    assert explained(thrown("AwsRejected")) == ("AwsRejected", "creating thing (t): because")


@pytest.mark.parametrize(
    "cause",
    ["plain text", '"quoted"', "{broken", "[1, 2]", "", '{"other": 1}'],
)
def test_a_cause_that_is_not_lambdas_json_is_kept(cause: str) -> None:
    assert explained(Failure(error="ClusterNotReady", cause=cause)) == ("ClusterNotReady", cause)


@pytest.mark.parametrize("message", ["a" * 5_000, '"' * 5_000, "\\" * 5_000, "\0é\n" * 2_000, "𝄞" * 3_000])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_of_a_cause_that_was_cut_the_message_is_told(message: str, ensure_ascii: bool) -> None:
    """An iteration of a Map cuts it after any character, also in the middle of an escape."""
    whole = json.dumps({"errorMessage": message, "errorType": "AwsRejected"}, ensure_ascii=ensure_ascii)
    for length in range(990, 1_010):
        _, cause = explained(Failure(error="AwsRejected", cause=whole[:length]))
        assert message.startswith(cause)
        assert len(cause) > 50


@pytest.mark.parametrize("error", ["States.Timeout", "Lambda.Unknown", "Sandbox.Timedout", "KeyError", "StepError"])
def test_what_is_none_of_our_errors_becomes_a_step_that_timed_out(error: str) -> None:
    assert explained(Failure(error=error, cause="why")) == ("StepTimedOut", f"running a step: {error}: why")


def test_a_failure_that_waiting_would_not_have_mended_is_the_reason() -> None:
    name, cause = explained(thrown("Throttled", "slow"), thrown("QuotaExceeded", "no more load balancers"))
    assert name == "QuotaExceeded"
    assert cause == "no more load balancers (and 1 more: slow)"


def test_without_one_the_first_is() -> None:
    assert explained(thrown("Throttled", "a"), thrown("ServiceFault", "b")) == ("Throttled", "a (and 1 more: b)")


def test_the_same_cause_is_told_once() -> None:
    assert explained(*[thrown("AwsRejected", "denied")] * 90) == ("AwsRejected", "denied")


def test_of_many_causes_a_few_are_told() -> None:
    _, cause = explained(*[thrown("AwsRejected", f"denied {number}.") for number in range(90)])
    assert cause.startswith("denied 0. (and 89 more: denied 1. | ")
    assert cause.count("denied") == 6


def test_a_cause_fits_where_it_goes() -> None:
    _, cause = explained(thrown("AwsRejected", "x" * 40_000))
    assert len(cause) == CAUSE_LIMIT


# ---- a nested execution that failed


def nested(**description: object) -> Failure:
    """As a state catches it: its description is the cause (Step Functions Developer Guide, "Nested workflows")."""
    whole = {"ExecutionArn": "arn:of:an:execution", "Input": "{}", "Name": "finish-1", "Status": "FAILED"}
    return Failure(error="States.TaskFailed", cause=json.dumps(whole | description))


def test_a_nested_execution_that_failed_is_told_by_its_own_error_and_cause() -> None:
    name, cause = explained(nested(Error="AwsRejected", Cause='deleting load balancer ("pc-a"): because'))
    assert name == "RollbackIncomplete"
    assert cause == 'finishing a dead run: AwsRejected: deleting load balancer ("pc-a"): because'


def test_a_nested_execution_that_was_stopped_has_no_error_and_no_cause() -> None:
    """Both are optional when one stops an execution (API reference, StopExecution)."""
    name, cause = explained(nested(Status="ABORTED"))
    assert (name, cause) == ("RollbackIncomplete", "finishing a dead run: it ended as ABORTED")


@pytest.mark.parametrize("cause", ["plain text", "", "[1]", '{"Error": "AwsRej', '"x"', "null"])
def test_of_a_nested_execution_whose_description_cannot_be_read_all_is_told(cause: str) -> None:
    assert explained(Failure(error="States.TaskFailed", cause=cause)) == (
        "RollbackIncomplete",
        f"finishing a dead run: {cause}",
    )
