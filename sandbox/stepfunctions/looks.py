"""What those are answered who ask after an execution: late, as DescribeExecution, ListExecutions and
DescribeStateMachineForExecution are eventually consistent. GetExecutionHistory is not said to be; it shows no execution
before the others do.

StopExecution, which needs no look, answers when it has stopped the execution, or when that had ended before.

An execution that has just started may not be there yet, and one that has just ended may still run (API reference of
these operations). DescribeExecution was seen to say that one has SUCCEEDED and to leave its output out (aws/aws-sdk-js
issue 2462, DataBiosphere/azul pull request 880). How long is not documented: these are the latencies `executionSeen`
and `executionResult`, for which the interpreter's own look at a nested execution does not wait. Order and pages are
those of the API reference, ListExecutions and GetExecutionHistory.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import ExecutionDoesNotExist, InvalidToken, ValidationException
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.stepfunctions import results
from sandbox.stepfunctions.interpreter import Interpreter
from sandbox.stepfunctions.patching import Seam
from sandbox.stepfunctions.results import Reason

PAGE: Final = 100
LARGEST_PAGE: Final = 1000
MICROSECOND: Final = 1e-6
LONGEST_ERROR: Final = 256
LONGEST_CAUSE: Final = 32_768
LISTED: Final = ("executionArn", "name", "redriveCount", "startDate", "stateMachineArn", "status", "stopDate")


def seams(to: Interpreter) -> list[Seam]:
    return [
        Seam(StepFunctionResponse, "describe_execution", lambda this: _describe(this, to)),
        Seam(StepFunctionResponse, "describe_state_machine_for_execution", lambda this: _definition(this, to)),
        Seam(StepFunctionResponse, "list_executions", lambda this: _list(this, to)),
        Seam(StepFunctionResponse, "get_execution_history", lambda this: _history(this, to)),
        Seam(StepFunctionResponse, "stop_execution", lambda this: _stop(this, to)),
    ]


def _describe(response: Any, to: Interpreter) -> ActionResult:
    return ActionResult(_asked_after(response, to)[1])


def _definition(response: Any, to: Interpreter) -> ActionResult:
    execution, _ = _asked_after(response, to)
    answer: ActionResult = response._describe_state_machine(execution.state_machine_arn)
    return answer


def _asked_after(response: Any, to: Interpreter) -> tuple[Any, dict[str, Any]]:
    """The execution that is named, and as it can be seen by now."""
    arn = response._get_param("executionArn")
    execution = response.stepfunction_backend.describe_execution(arn)
    found = _seen(execution, to)
    if found is None:
        raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
    return execution, found


def _list(response: Any, to: Interpreter) -> ActionResult:
    wanted = response._get_param("statusFilter")
    machine = response.stepfunction_backend.describe_state_machine(response._get_param("stateMachineArn"))
    return _page(
        response, "executions", [each for each in _newest_first(machine, to) if wanted in (None, each["status"])]
    )


def _history(response: Any, to: Interpreter) -> ActionResult:
    """An event is there at once, but for those of an execution that is not to be seen yet."""
    execution, _ = _asked_after(response, to)
    env = execution.exec_worker.env
    events = [] if env is None else env.event_manager._history_event_list
    return _page(response, "events", events[::-1] if response._get_param("reverseOrder") else events)


def _stop(response: Any, to: Interpreter) -> ActionResult:
    """Its answer always has `stopDate` (API reference, StopExecution), also while a leaf of it has yet to wake."""
    reason = Reason(_short(response, "error", LONGEST_ERROR), _short(response, "cause", LONGEST_CAUSE))
    execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
    ended = execution.stop_date or datetime.now(UTC)
    to.end(execution, reason)
    return ActionResult({"stopDate": ended})


def _short(response: Any, name: str, longest: int) -> str | None:
    text: str | None = response._get_param(name)
    if text is not None and len(text) > longest:
        raise ValidationException(
            f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {longest}"
        )
    return text


def _page(response: Any, name: str, found: Sequence[Any]) -> ActionResult:
    token, size = response._get_param("nextToken") or "0", response._get_int_param("maxResults") or PAGE
    if not token.isdigit():
        raise InvalidToken
    if size > LARGEST_PAGE:
        raise ValidationException(
            f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: "
            f"Member must have value less than or equal to {LARGEST_PAGE}"
        )
    begin = int(token)
    more = {"nextToken": str(begin + size)} if len(found) > begin + size else {}
    return ActionResult({name: found[begin : begin + size], **more})


def _newest_first(machine: Any, to: Interpreter) -> Iterator[dict[str, Any]]:
    for each in sorted(reversed(machine.executions), key=lambda each: each.start_date, reverse=True):
        found = _seen(each, to)
        if found is not None:
            yield {key: found[key] for key in LISTED if key in found}


def _seen(execution: Any, to: Interpreter) -> dict[str, Any] | None:
    """The execution as it can be seen by now. Its dates are whole microseconds, so that one of just now may lie a part
    of one ahead of the clock."""
    seen, told = to.lags
    since = to.clock.now() - seen + MICROSECOND
    if execution.start_date.timestamp() > since:
        return None
    ended = math.inf if execution.status == "RUNNING" else execution.stop_date.timestamp()
    return results.description(execution, ended <= since, ended <= since - told)
