"""One execution of a state machine: the stop that a scenario asks for, and the report.

The report's keys are the command line's contract; times are virtual seconds.
"""

import json
from collections import Counter
from typing import Any, Literal

from sandbox.conditions import Model
from sandbox.stepfunctions.interpreter import Stop


class ScenarioError(ValueError):
    """The scenario is wrong: it names something that does not exist, or a fault or stop that no run met."""


class StopAt(Model):
    """Stop the execution as a user would, at the `visit`-th entry of a state over all iterations."""

    state: str
    visit: int = 1
    when: Literal["before", "after"] = "after"
    optional: bool = False

    def as_stop(self) -> Stop:
        return Stop(self.state, self.visit, self.when)


class RunReport(Model):
    """What one run did. `cause` is the message alone; `state_transitions` counts as AWS bills, retries included."""

    run: str
    name: str
    status: str
    error: str | None
    cause: str | None
    output: Any
    virtual_seconds: float
    state_transitions: int
    history_events: int
    lambda_invocations: int
    api_calls: dict[str, int]


def report(machine: str, execution: Any, transitions: int, invocations: int, calls: Counter[str]) -> RunReport:
    """The report of moto's execution, after all its leaves have ended."""
    seconds = (execution.stop_date - execution.start_date).total_seconds()
    return RunReport(
        run=machine,
        name=execution.name,
        status=execution.exec_status.value,
        error=execution.error,
        cause=message(execution.cause),
        output=execution.output if execution.exec_status.value == "SUCCEEDED" else None,
        virtual_seconds=round(seconds, 3),
        state_transitions=transitions,
        history_events=len(execution.exec_worker.env.event_manager._history_event_list),
        lambda_invocations=invocations,
        api_calls=dict(sorted(calls.items())),
    )


def message(cause: str | None) -> str | None:
    """A cause without the JSON that Lambda wraps it in."""
    try:
        wrapped = json.loads(cause or "")
    except json.JSONDecodeError:
        return cause
    if isinstance(wrapped, dict) and isinstance(wrapped.get("errorMessage"), str):
        return str(wrapped["errorMessage"])
    return cause
