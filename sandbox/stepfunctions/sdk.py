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

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    SfnFailedEntryCountException,
    StateTaskServiceEvents,
)

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
        results.of_start(env.stack[-1], to.clock.now())

    return call


def _raised(key: str) -> str:
    return key[0].upper() + key[1:]


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {_raised(key): _told(each) for key, each in value.items()}
    return iso(value) if isinstance(value, datetime) else value
