"""What the history of an execution tells of failures, of what they cut off, and of its own limit.

Sources: histories that LocalStack recorded on AWS (localstack/localstack, tests/aws/services/stepfunctions/v2:
states_variables/test_error_output for EvaluationFailed, timeouts/test_timeouts for a Map that cuts its iterations off);
floci's measurements for a machine's time-out (floci-io/floci 2733); "Step Functions service quotas".
"""

from datetime import UTC, datetime
from typing import Any, Final

from moto.stepfunctions.parser.api import (
    ExecutionFailedEventDetails,
    ExecutionTimedOutEventDetails,
    HistoryEventType,
    MapIterationEventDetails,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.component.state.wait.state_wait import StateWait
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.program_state import ProgramError, ProgramStopped, ProgramTimedOut

from sandbox.stepfunctions.failures import RUNTIME

MOST_EVENTS: Final = 25_000  # the event that ends the execution is the last of them, "Step Functions service quotas"
LAST_EVENTS: Final = frozenset(
    {
        HistoryEventType.ExecutionFailed,
        HistoryEventType.ExecutionSucceeded,
        HistoryEventType.ExecutionAborted,
        HistoryEventType.ExecutionTimedOut,
    }
)
FAILED: Final = (
    (StateMap, HistoryEventType.MapStateFailed),
    (StateParallel, HistoryEventType.ParallelStateFailed),
)
ABORTED: Final = (
    (StateTask, HistoryEventType.TaskStateAborted),
    (StateWait, HistoryEventType.WaitStateAborted),
    (StateMap, HistoryEventType.MapStateAborted),
    (StateParallel, HistoryEventType.ParallelStateAborted),
)


class Abandoned(BaseException):
    """The leaf's execution has ended. It is not an Exception, so that moto does not report it as an error."""


# ---- what is told of a failure


def tell_attempt(state: Any, env: Any, failed: Any) -> None:
    """An attempt at a Task, Map or Parallel has failed. Of States.Runtime the execution's end alone is told."""
    if failed.event_type == HistoryEventType.EvaluationFailed:
        tell_evaluation(env, failed)
    elif isinstance(state, StateTask) and getattr(failed.error_name, "error_name", None) != RUNTIME:
        _add(env, failed.event_type, failed.event_details)


def tell_evaluation(env: Any, failed: Any) -> None:
    """An expression of any state has failed: once for each attempt."""
    if failed.event_type == HistoryEventType.EvaluationFailed and not getattr(failed, "told", False):
        failed.told = True
        _add(env, failed.event_type, failed.event_details)


def tell_failed(state: Any, env: Any) -> None:
    """No attempt at a Map or Parallel is left."""
    for kind, event in FAILED:
        if isinstance(state, kind):
            _add(env, event)


# ---- what a failure cuts off


def abort_below(env: Any) -> None:
    """Ends all that runs below a Map, and tells it: nothing that is woken later may write into the history."""
    for frame in list(env._frames):
        abort(frame)
        frame.set_stop(stop_date=datetime.now(UTC), cause=None, error=None)


def abort(frame: Any) -> None:
    if frame.iteration is not None:
        details = MapIterationEventDetails(name=frame.iteration.of, index=frame.iteration.index)
        _add(frame, HistoryEventType.MapIterationAborted, EventDetails(mapIterationAbortedEventDetails=details))
    tell_aborted(frame)
    for inner in list(frame._frames):
        abort(inner)
    frame.event_history_context.closed = True


def tell_aborted(frame: Any) -> None:
    """The state that a branch or an iteration was in, also where its own failure is what ended the others."""
    if frame.place is None:
        return
    for kind, event in ABORTED:
        if isinstance(frame.place.state, kind):
            _add(frame, event)


def _add(env: Any, event: Any, details: Any = None) -> None:
    env.event_manager.add_event(context=env.event_history_context, event_type=event, event_details=details)


# ---- what may be added


def admit(manager: Any, context: Any, event_type: Any) -> None:
    """Raises Abandoned for an event of what was cut off, and if only the event that ends the execution may be added."""
    if event_type in LAST_EVENTS:
        return
    root = manager.root
    if getattr(context, "closed", False) or isinstance(
        root._program_state, (ProgramStopped, ProgramTimedOut, ProgramError)
    ):
        raise Abandoned
    if manager._event_id_gen._next_id >= MOST_EVENTS:
        cause = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
        root.set_error(ExecutionFailedEventDetails(error=RUNTIME, cause=cause))
        raise Abandoned


def completed(context: Any, event_type: Any, details: Any) -> Any:
    """The details of an event; of a machine's time-out moto gives none."""
    if event_type != HistoryEventType.ExecutionTimedOut:
        return details
    context.source_event_id = 0
    return EventDetails(executionTimedOutEventDetails=ExecutionTimedOutEventDetails(error="States.Timeout"))
