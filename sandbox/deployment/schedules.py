"""The schedules by which a template's state machines are started.

A schedule is a resource `AWS::Scheduler::Schedule`, or an event `ScheduleV2` of a SAM state machine. What the sandbox
does not carry out is an error when the account opens: a start or an end, another time zone than UTC, a flexible time
window. Sources: EventBridge Scheduler API reference, CreateSchedule, Target (the input of a state machine is JSON; a
role is required) and RetryPolicy; SAM specification, ScheduleV2 of a state machine (the schedule has the event's
logical id as its name, unless it says one).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sandbox.deployment.recurrence import Recurrence, parse
from sandbox.deployment.resolver import ACCOUNT, MACHINE, SCHEDULE, Json, TemplateError
from sandbox.deployment.template import Machine, Template, only

EVENT: Final = "ScheduleV2"
OF_BOTH: Final = frozenset(
    {
        "Description",
        "FlexibleTimeWindow",
        "GroupName",
        "KmsKeyArn",
        "Name",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "State",
    }
)
OF_A_TARGET: Final = frozenset({"Arn", "DeadLetterConfig", "Input", "RetryPolicy", "RoleArn"})
OF_SAM: Final = OF_BOTH | {"DeadLetterConfig", "Input", "PermissionsBoundary", "RetryPolicy", "RoleArn"}
STATES: Final = ("ENABLED", "DISABLED")
RETRIES: Final = {"MaximumEventAgeInSeconds": (60, 86_400), "MaximumRetryAttempts": (0, 185)}


@dataclass(frozen=True)
class Schedule:
    """An enabled schedule. `input` is a JSON text, or None if the target gets the scheduler's own event."""

    arn: str
    recurrence: Recurrence
    machine: Machine
    input: str | None


@lru_cache(maxsize=32)
def schedules(template: Template) -> tuple[Schedule, ...]:
    """The enabled schedules, read once of each template.

    Raises TemplateError for what AWS refuses or the sandbox does not carry out.
    """
    found = [*_resources(template), *_of_machines(template)]
    return tuple(schedule for state, schedule in found if state == "ENABLED")


def _resources(template: Template) -> Iterator[tuple[str, Schedule]]:
    by_arn = {machine.arn: machine for machine in template.machines.values()}
    for name, given in template.properties(SCHEDULE).items():
        properties = template.resolve(given)
        only(OF_BOTH | {"Target"}, name, properties)
        target = properties.get("Target", {})
        only(OF_A_TARGET, name, target)
        if "FlexibleTimeWindow" not in properties:
            raise TemplateError(f"{name} has no FlexibleTimeWindow")
        if "RoleArn" not in target:
            raise TemplateError(f"{name}: a state machine is started with a role, and there is no RoleArn")
        if target.get("Arn") not in by_arn:
            raise TemplateError(f"{name}: {target.get('Arn')} is no state machine of this template")
        yield _schedule(template, name, properties, by_arn[target["Arn"]], target)


def _of_machines(template: Template) -> Iterator[tuple[str, Schedule]]:
    by_id = {machine.logical_id: machine for machine in template.machines.values()}
    for machine, properties in template.properties(MACHINE).items():
        for event, given in properties.get("Events", {}).items():
            if given["Type"] == EVENT:
                name, own = f"{machine}{event}", template.resolve(given.get("Properties", {}))
                only(OF_SAM, name, own)
                yield _schedule(template, name, own, by_id[machine], own)


def _schedule(template: Template, name: str, properties: Json, machine: Machine, target: Json) -> tuple[str, Schedule]:
    """The schedule and its state."""
    state, zone = properties.get("State", "ENABLED"), properties.get("ScheduleExpressionTimezone", "UTC")
    if state not in STATES:
        raise TemplateError(f"{name}: the State is ENABLED or DISABLED, not {state}")
    if zone != "UTC" or properties.get("FlexibleTimeWindow", {}).get("Mode", "OFF") != "OFF":
        raise TemplateError(f"{name}: the sandbox carries out neither time zones nor flexible time windows")
    _check_retries(name, target.get("RetryPolicy", {}))
    group, own_name = properties.get("GroupName", "default"), properties.get("Name", name)
    arn = f"arn:aws:scheduler:{template.region}:{ACCOUNT}:schedule/{group}/{own_name}"
    try:
        recurrence = parse(str(properties.get("ScheduleExpression")))
    except TemplateError as error:
        raise TemplateError(f"{name}: {error}") from error
    return state, Schedule(arn, recurrence, machine, _input(name, target.get("Input")))


def _input(name: str, text: str | None) -> str | None:
    if text is not None:
        try:
            json.loads(text)
        except ValueError as error:
            raise TemplateError(f"{name}: the Input of a state machine is JSON: {error}") from error
    return text


def _check_retries(name: str, policy: Mapping[str, Any]) -> None:
    for key, value in policy.items():
        least, most = RETRIES.get(key, (0, -1))
        if not least <= int(value) <= most:
            raise TemplateError(f"{name}: the RetryPolicy's {key} may not be {value}")
