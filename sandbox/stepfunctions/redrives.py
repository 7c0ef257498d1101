"""Redriving: an execution that did not succeed goes on from the state at which it ended.

It keeps its ARN, its name, its start, its definition and its history, and the variables and the input with which the
state was entered. The machine's timeout and the state's retries begin anew, and the context counts the redrives.
Sources: Step Functions developer guide, "Restarting state machine executions with redrive"; API reference,
RedriveExecution (who can be redriven, and the reasons why not); developer guide, "Accessing execution data from the
Context object" (RedriveCount, RedriveTime).

In a Parallel or a Map only those branches or iterations run again that did not succeed; the sandbox does not do this,
and refuses to redrive an execution that ended inside one. It enters the state anew, which AWS's history may tell
otherwise.
"""

from datetime import UTC, datetime
from typing import Any, Final

from moto.stepfunctions.parser.api import ExecutionRedrivenEventDetails, ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sandbox.runs import ScenarioError
from sandbox.stepfunctions import evaluation

REDRIVABLE_SECONDS: Final = 14 * 86_400


def count(execution: Any) -> int:
    """How often an execution was redriven."""
    return len(getattr(execution, "redriven_at", []))


def last(execution: Any) -> datetime | None:
    """When it was redriven last."""
    moments: list[datetime] = getattr(execution, "redriven_at", [])
    return moments[-1] if moments else None


def check(execution: Any) -> None:
    """Raises ScenarioError for an execution that cannot be redriven, on AWS or here."""
    if execution.status in ("RUNNING", "SUCCEEDED"):
        raise ScenarioError(f"redrive: {execution.name} is {execution.status} and cannot be redriven")
    if (datetime.now(UTC) - execution.stop_date).total_seconds() > REDRIVABLE_SECONDS:
        raise ScenarioError(f"redrive: {execution.name} ended more than 14 days ago and cannot be redriven")
    place = execution.exec_worker.env.place
    if place is not None and isinstance(place.state, StateMap | StateParallel):
        raise ScenarioError(
            f"redrive: {execution.name} ended in {place.state.name!r}: the sandbox redrives no branches"
        )


def prepare(execution: Any) -> None:
    """Make the execution ready to go on: it runs again, in a new environment with the old history."""
    worker = execution.exec_worker
    ended, env = worker.env, worker._get_evaluation_environment()
    worker.env, now = env, datetime.now(UTC)
    env.event_manager = ended.event_manager
    env.event_manager.root = env
    execution.redriven_at = [*getattr(execution, "redriven_at", []), now]
    context = env.states.context_object.context_object_data["Execution"]
    context |= {"RedriveCount": count(execution), "RedriveTime": evaluation.iso(now)}
    if ended.reached is not None:
        env.begins_at = ended.reached.state.name
        env.states.reset(ended.reached.input)
        env.variable_store._inner_scope.update(ended.reached.variables)
    execution.exec_status = ExecutionStatus.RUNNING
    execution.stop_date = execution.error = execution.cause = None
    details = ExecutionRedrivenEventDetails(redriveCount=count(execution))
    told = EventDetails(executionRedrivenEventDetails=details)
    env.event_manager.add_event(env.event_history_context, HistoryEventType.ExecutionRedriven, told)
