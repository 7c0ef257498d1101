"""The deployed workflow, run and measured."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sandbox.account import Account
from sandbox.runs import RunReport
from sandbox.stepfunctions.evaluation import size
from sandbox.stepfunctions.interpreter import Moment

# us-east-1: "AWS Step Functions Pricing" (Standard workflows), "AWS Lambda Pricing" (arm64), without any free tier
PER_TRANSITION: Final = 0.025 / 1_000
PER_INVOCATION: Final = 0.20 / 1_000_000
PER_GIGABYTE_SECOND: Final = 0.000_013_333_4


class BenchmarkError(RuntimeError):
    """A run that did not do what it is measured for."""


@dataclass(frozen=True)
class Measured:
    """One run: seconds to its end, and what it took."""

    seconds: float
    history_events: int
    max_payload_bytes: int
    state_transitions: int
    api_calls: int
    cost_usd: float


def measure(account: Account, machine: str, request: object, listeners: Iterable[Any] = ()) -> tuple[Measured, Any]:
    """Run a machine to success; its measurements and its output."""
    measured, report = measured_run(account, machine, request, listeners)
    return measured, report.output


def measured_run(
    account: Account, machine: str, request: object, listeners: Iterable[Any] = ()
) -> tuple[Measured, RunReport]:
    """Run a machine to success; its measurements and its report."""
    before = account.functions.gigabyte_seconds
    report = account.run(machine, request, listeners=listeners)
    if report.status != "SUCCEEDED":
        raise BenchmarkError(f"{machine}: {report.status}: {report.error}: {report.cause}")
    payload = largest_payload(account.runs[-1].executions.values())
    return _measured(report, account.functions.gigabyte_seconds - before, payload), report


def _measured(report: RunReport, gigabyte_seconds: float, payload: int) -> Measured:
    return Measured(
        seconds=report.virtual_seconds,
        history_events=report.history_events,
        max_payload_bytes=payload,
        state_transitions=report.state_transitions,
        api_calls=sum(report.api_calls.values()),
        cost_usd=report.state_transitions * PER_TRANSITION
        + report.lambda_invocations * PER_INVOCATION
        + gigabyte_seconds * PER_GIGABYTE_SECOND,
    )


def largest_payload(executions: Iterable[Any]) -> int:
    """Bytes of the largest input, argument, result, output or Assign of any state, from the histories."""
    return max(
        found
        for execution in executions
        for event in execution.exec_worker.env.event_manager._history_event_list
        for found in _payloads(event)
    )


def _payloads(event: dict[str, Any]) -> Iterator[int]:
    for details in event.values():
        if isinstance(details, dict):
            yield from (size(json.loads(details[key])) for key in ("input", "output", "parameters") if details.get(key))
            yield size({name: json.loads(text) for name, text in (details.get("assignedVariables") or {}).items()})


class Timeline:
    """When each state of the machine itself was first entered and last left, in seconds: a listener of its run."""

    def __init__(self, definition: str) -> None:
        self.spans: dict[str, list[float]] = {}
        self._states = json.loads(definition)["States"].keys()
        self._began: float | None = None

    def __call__(self, moment: Moment) -> None:
        began = self._began = moment.at if self._began is None else self._began
        if moment.state in self._states:
            span = self.spans.setdefault(moment.state, [moment.at - began, 0.0])
            span[1] = moment.at - began
