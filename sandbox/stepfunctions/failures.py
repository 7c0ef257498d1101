"""The failures that Step Functions itself raises, and which names of ErrorEquals match them.

Sources: developer guide, "Handling errors in Step Functions workflows"; for what differs from it, histories that
LocalStack recorded on AWS (localstack/localstack, tests/aws/services/stepfunctions/v2).
"""

from typing import Any

from moto.stepfunctions.parser.api import (
    EvaluationFailedEventDetails,
    HistoryEventType,
    TaskFailedEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sandbox.stepfunctions import frames

QUERY: str = "States.QueryEvaluationError"
RUNTIME: str = "States.Runtime"
DATA_LIMIT: str = "States.DataLimitExceeded"


class Boundary(str):
    """The name of a limit at the boundary of a state. It is told from the same limit of a task's result, also where it
    has left a Map: see `matches`."""


def query_error(env: Any, cause: str, field: str | None = None) -> FailureEventException:
    """An expression that failed. `field` is the path of its field in the state, as AWS writes it: Output/a/b[0]."""
    details = EvaluationFailedEventDetails(error=QUERY, cause=frames.located(env, cause))
    if field is not None:
        details["location"] = field
    if (found := frames.place(env)) is not None:
        details["state"] = found.state.name
    event = EventDetails(evaluationFailedEventDetails=details)
    return FailureEventException(FailureEvent(env, ErrorName(QUERY), HistoryEventType.EvaluationFailed, event))


def runtime_error(env: Any, cause: str) -> FailureEventException:
    """An error that no Retry and no Catch sees."""
    return failure(env, RUNTIME, frames.located(env, cause))


def too_large(env: Any, what: str) -> FailureEventException:
    return failure(env, Boundary(DATA_LIMIT), f"{what} the maximum number of bytes service limit.")


def failure(env: Any, error: str | None, cause: str | None) -> FailureEventException:
    given = {key: value for key, value in (("error", error), ("cause", cause)) if value is not None}
    details = EventDetails(taskFailedEventDetails=TaskFailedEventDetails(**given))
    name = ErrorName(error) if error else None
    return FailureEventException(FailureEvent(env, name, HistoryEventType.TaskFailed, details))


def matches(declaration: Any, env: Any) -> None:
    """Whether ErrorEquals matches the error on the stack.

    No name matches States.Runtime. States.ALL matches States.DataLimitExceeded where a task's result was too large, as
    recorded (error_handling/test_states_errors, a Lambda task with that Catch); the guide says that it never does, so
    the same limit of an Output, an Assign or Arguments, of which nothing is recorded, is left alone.
    """
    error = env.stack.pop()
    name = error.error_name if error is not None else None
    names = {each.error_name for each in declaration.error_names}
    if name == RUNTIME:
        found = False
    elif isinstance(name, Boundary):
        found = name in names
    else:
        found = bool(names & {name, "States.ALL"}) or ("States.TaskFailed" in names and name != "States.Timeout")
    env.stack.append(found)


def told(raised: Any) -> dict[str, Any]:
    """Error and cause of a failure, for the program that it ends; moto would begin some causes twice."""
    details = next(iter(raised.failure_event.event_details.values()))
    return {key: details[key] for key in ("error", "cause") if details.get(key)}
