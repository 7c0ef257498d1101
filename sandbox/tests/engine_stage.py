"""The interpreter alone on a stage, with functions made of a few lines; and builders of definitions."""

import functools
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import boto3
from botocore.exceptions import ClientError

from sandbox.clock import VirtualClock
from sandbox.runs import Run, StopAt, When, current
from sandbox.stepfunctions.interpreter import Interpreter, Invocation, Moment

FIXTURES = Path(__file__).parent / "fixtures"
ROLE = "arn:aws:iam::123456789012:role/states"
TASK_SECONDS = 1.0


class FailError(Exception):
    """Raised by a test's function to answer with an error of this type."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class SmallFunctions:
    """Functions by name, each taking one second; what they were called with is kept."""

    clock: VirtualClock
    seconds: float = TASK_SECONDS
    handlers: dict[str, Callable[[Any], object]] = field(default_factory=lambda: {"echo": lambda event: event})
    calls: list[tuple[float, str, object]] = field(default_factory=list)

    def find(self, reference: str) -> Invocation:
        if reference not in self.handlers:
            error = {"Code": "ResourceNotFoundException", "Message": "none"}
            answer: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 404, "RequestId": "1"}}
            raise ClientError(answer, "Invoke")
        return lambda payload, begun: self.call(reference, json.loads(payload), begun)

    def call(self, name: str, event: object, begun: Callable[[], None]) -> dict[str, Any]:
        self.calls.append((self.clock.now(), name, event))
        begun()
        self.clock.sleep(self.seconds)
        try:
            body, extra = self.handlers[name](event), {}
        except FailError as error:
            body, extra = {"errorMessage": str(error), "errorType": error.kind}, {"FunctionError": "Unhandled"}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(body).encode()), **extra}


@dataclass
class Played:
    """How an execution ended."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    seconds: float
    transitions: int
    history: list[dict[str, Any]]
    stopped: bool

    @property
    def events(self) -> list[str]:
        return [str(event["type"].value) for event in self.history]


class Stage:
    """Plays definitions on the interpreter, without an account around it."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.functions = SmallFunctions(self.clock)
        self.interpreter = Interpreter(self.clock, self.functions, Random(1))
        self.moments: list[Moment] = []
        self._plays = 0

    @functools.cached_property
    def client(self) -> Any:
        return boto3.client("stepfunctions")

    def create(self, definition: dict[str, Any] | str, name: str) -> str:
        text = definition if isinstance(definition, str) else json.dumps(definition)
        created = self.client.create_state_machine(name=name, definition=text, roleArn=ROLE)
        return str(created["stateMachineArn"])

    def play(self, definition: dict[str, Any], input: object = None, stop: StopAt | None = None) -> Played:
        self._plays += 1
        arn = self.create(definition, f"machine-{self._plays}")
        began = self.clock.now()
        run = Run(stop_at=stop, listeners=[self.moments.append])
        text = json.dumps(input, ensure_ascii=False)
        self.clock.start(functools.partial(self._start, run, arn, f"play-{self._plays}", text))
        self.clock.run()
        return Played(
            run.root.exec_status.value,
            run.root.output,
            run.root.error,
            run.root.cause,
            round((run.root.stop_date.timestamp() - began), 3),
            run.transitions,
            list(run.root.exec_worker.env.event_manager._history_event_list),
            run.stopped,
        )

    def _start(self, run: Run, arn: str, name: str, text: str) -> None:
        current.set(run)
        self.client.start_execution(stateMachineArn=arn, name=name, input=text)


def stop(state: str, visit: int = 1, when: When = "after") -> StopAt:
    return StopAt(state=state, visit=visit, when=when)


def machine(states: dict[str, Any], **fields: object) -> dict[str, Any]:
    """A JSONata machine that starts at its first state."""
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields}


def task(payload: object = "{% $states.input %}", function: str = "echo", **fields: object) -> dict[str, Any]:
    arguments = {"FunctionName": function, "Payload": payload}
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, **end, **fields}


def wait(seconds: object, **fields: object) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds, **({} if "Next" in fields else {"End": True}), **fields}


def nested(child: str, **fields: object) -> dict[str, Any]:
    """A state that starts an execution of this machine and waits for its end."""
    arguments = {
        "StateMachineArn": child,
        "Name": "{% 'of-' & $states.context.Execution.Name %}",
        "Input": "{% $states.input %}",
    }
    resource = "arn:aws:states:::states:startExecution.sync:2"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}
