"""Plays the story in ministack: on the deployed stack, in real time."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sandbox.audit import Snapshot
from tests.emulator.deployment_package import STACK
from tests.emulator.ministack_process import Ministack
from tests.emulator.shared_clock import Gate
from tests.emulator.state_counts import Entry
from tests.emulator.story import STEPS, Outcome, Step, numbers

T = TypeVar("T")
LONGEST = 600.0
"""Seconds after which a step hangs; the longest takes about fifteen."""


@dataclass
class Stack:
    """The deployed state machines, the account that the functions see, and the gate of its clock."""

    ministack: Ministack
    sandbox: str
    """The address of the account that the functions see."""
    outputs: Mapping[str, str]
    snapshot: Snapshot
    gate: Gate

    @cached_property
    def states(self) -> Any:
        return self.ministack.client("stepfunctions")

    @cached_property
    def machines(self) -> dict[str, str]:
        """The names of their definitions by ARN."""
        found = self.ministack.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        machines = (each for each in found if each["ResourceType"] == "AWS::StepFunctions::StateMachine")
        return {each["PhysicalResourceId"]: each["LogicalResourceId"].lower() for each in machines}

    def executions(self) -> dict[str, str]:
        """The names of the definitions that they run, by ARN."""
        pages = self.states.get_paginator("list_executions").paginate
        return {
            execution["executionArn"]: name
            for machine, name in self.machines.items()
            for page in pages(stateMachineArn=machine)
            for execution in page["executions"]
        }

    def start(self, machine: str, name: str, given: object) -> str:
        (arn,) = (arn for arn, each in self.machines.items() if each == machine)
        started = self.states.start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))
        return str(started["executionArn"])

    def publish(self, **entry: str) -> str:
        """The event's id, which is the name of the run that it starts."""
        published = self.ministack.client("events").put_events(Entries=[entry])
        return str(published["Entries"][0]["EventId"])

    def ended(self, execution: str) -> dict[str, Any]:
        """Its description, when it has one and has ended."""

        def description() -> dict[str, Any] | None:
            if execution not in self.executions():
                return None
            described: dict[str, Any] = self.states.describe_execution(executionArn=execution)
            return None if described["status"] == "RUNNING" else described

        return awaited(description, f"the end of {execution}")

    def recovery(self, execution: str) -> str:
        """The execution of recover that a change of this execution's status has started."""
        return awaited(lambda: next(iter(self.recoveries(execution)), None), f"the recovery of {execution}")

    def recoveries(self, execution: str) -> list[str]:
        every = (arn for arn, machine in self.executions().items() if machine == "recover")
        described = ((arn, self.states.describe_execution(executionArn=arn)) for arn in every)
        return [arn for arn, each in described if json.loads(each["input"])["executionArn"] == execution]

    def enters(self, execution: str, state: str) -> None:
        """Returns when it has entered the state."""
        awaited(lambda: state in self.entered(execution) or None, f"{state} of {execution}")

    def entered(self, execution: str) -> list[str]:
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        details = (event.get("stateEnteredEventDetails") for page in pages for event in page["events"])
        return [each["name"] for each in details if each]


def awaited(look: Callable[[], T | None], what: str) -> T:
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
        time.sleep(0.25)
    raise TimeoutError(f"{what} has not come after {LONGEST} seconds")


RECOVER = "recover"
"""What an event starts after each failure, sooner or later. It has tests of its own."""


def told(stack: Stack) -> dict[str, Outcome]:
    return {step.title: _outcome(stack, step) for step in STEPS}


def _outcome(stack: Stack, step: Step) -> Outcome:
    before = stack.executions()
    description = stack.ended(_started(stack, step))
    since = {arn: each for arn, each in stack.executions().items() if arn not in before and each != RECOVER}
    for each in since:
        stack.ended(each)
    entries: list[Entry] = [(machine, state) for arn, machine in since.items() for state in stack.entered(arn)]
    return Outcome(
        status=description["status"],
        error=description.get("error"),
        cause=description.get("cause"),
        output=json.loads(description["output"]) if description["status"] == "SUCCEEDED" else None,
        entries=tuple(entries),
        owned=numbers(stack.snapshot.owned()),
        foreign_changes=tuple(stack.snapshot.foreign_changes()),
    )


def _started(stack: Stack, step: Step) -> str:
    """The ARN of the step's execution, which an event may still have to start."""
    if step.sample is None:
        return stack.start(step.machine, step.title.replace(" ", "-"), step.input)
    name = stack.publish(**step.entry)
    (machine,) = (arn for arn, each in stack.machines.items() if each == step.machine)
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
