"""A state that calls an operation of an AWS service by itself. Of those the sandbox has a look at an execution
(`aws-sdk:sfn:describeExecution`) and the events that a machine puts (`events:putEvents`).

Of an AWS SDK integration members begin with a capital letter and moments are texts; an error is named by the service
and the exception (developer guide, "Learning to use AWS service SDK integrations in Step Functions"). Nothing is added
to the answer. The integration of EventBridge names machine and execution among the resources of each entry, and fails
with `EventBridge.FailedEntry` if an entry failed (developer guide, "Add EventBridge events with Step Functions").
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    SfnFailedEntryCountException,
    StateTaskServiceEvents,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sandbox.deployment.resolver import ACCOUNT
from sandbox.deployment.rules import bus_of
from sandbox.stepfunctions import results
from sandbox.stepfunctions.evaluation import iso
from sandbox.stepfunctions.interpreter import Interpreter
from sandbox.stepfunctions.patching import Seam


def seams(to: Interpreter) -> list[Seam]:
    return [
        Seam(StateTaskService, "_normalise_parameters", _parameters),
        Seam(StateTaskServiceAwsSdk, "_eval_service_task", _judged(StateTaskServiceAwsSdk._eval_service_task, to)),
        Seam(StateTaskServiceEvents, "_eval_service_task", _putting(StateTaskServiceEvents._eval_service_task, to)),
    ]


def _parameters(this: Any, parameters: dict[str, Any], *_: Any, **__: Any) -> None:
    if isinstance(this, StateTaskServiceAwsSdk):
        results.lower_first(parameters)


def _judged(original: Callable[..., None], to: Interpreter) -> Callable[..., None]:
    def call(this: Any, env: Any, **given: Any) -> None:
        to.look(given["normalised_parameters"]["executionArn"])
        original(this, env, **given)
        env.stack.append({_raised(key): _told(value) for key, value in env.stack.pop().items()})

    return call


def _putting(original: Callable[..., None], to: Interpreter) -> Callable[..., None]:
    def call(this: Any, env: Any, **given: Any) -> None:
        region = given["resource_runtime_part"].region
        for entry in given["normalised_parameters"]["Entries"]:
            to.put(f"arn:aws:events:{region}:{ACCOUNT}:event-bus/{bus_of(entry)}")
        try:
            original(this, env, **given)
        except SfnFailedEntryCountException as raised:
            raised.cause = json.dumps(raised.cause, separators=(",", ":"))
            raise
        except ClientError as refused:
            raise _refusal(this, env, refused) from refused
        results.of_start(env.stack[-1], to.clock.now())

    return call


def _refusal(this: Any, env: Any, refused: ClientError) -> FailureEventException:
    """The error of a request that EventBridge refuses, which a state may catch. Its name is like those of the other
    optimized integrations, service and exception; of this one it is documented nowhere."""
    told = refused.response["Error"]
    name = f"EventBridge.{told['Code'].removesuffix('Exception')}Exception"
    details = TaskFailedEventDetails(
        error=name,
        cause=told["Message"],
        resource=this._get_sfn_resource(),
        resourceType=this._get_sfn_resource_type(),
    )
    happened = EventDetails(taskFailedEventDetails=details)
    return FailureEventException(
        FailureEvent(env, CustomErrorName(error_name=name), HistoryEventType.TaskFailed, happened)
    )


def _raised(key: str) -> str:
    return key[0].upper() + key[1:]


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {_raised(key): _told(each) for key, each in value.items()}
    return iso(value) if isinstance(value, datetime) else value
