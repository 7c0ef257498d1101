"""A run: an execution that somebody starts, with all that it starts itself and waits for; and the report of one.

Several runs may go on beside each other. Each leaf of the clock that works for a run has it in `current`: so calls,
invocations and state transitions are counted where they belong, and each run meets its own faults and its own stop. The
report's keys are the command line's contract; times are virtual seconds.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from sandbox.conditions import Model
from sandbox.faults import Armed, Fault

if TYPE_CHECKING:
    from sandbox.stepfunctions.interpreter import Moment

When = Literal["before", "during", "after"]
MOST_GENERATIONS: Final = 20
Listener = Callable[["Moment"], None]


class ScenarioError(ValueError):
    """The scenario is wrong: it names something that does not exist, or a fault or stop that no run met."""


class StopAt(Model):
    """Stop the execution as a user would, at the `visit`-th entry of a state over all iterations.

    `before` the state, `after` its function has answered and the answer is lost, or `during`: when the function has
    begun, or the nested execution, which goes on to its end by itself.
    """

    state: str
    visit: int = 1
    when: When = "after"
    optional: bool = False


@dataclass(frozen=True)
class Start:
    """What is to be started: a machine by its key, on an input, with the faults that the run meets and its stop."""

    machine: str
    input: object
    faults: Sequence[Fault] = ()
    stop_at: StopAt | None = None
    name: str | None = None
    listeners: Sequence[Listener] = ()


def check_gaps(gaps: Sequence[float] | None, runs: int) -> None:
    """Raises ScenarioError unless there is a gap for each run, or none are given."""
    if gaps is not None and len(gaps) != runs:
        raise ScenarioError(f"gaps has {len(gaps)}, and there are {runs} runs: one for each is expected")


@dataclass(eq=False)
class Run:
    """What belongs to one run while it goes on, and what it has done."""

    machine: str = ""
    stop_at: StopAt | None = None
    armed: Armed = field(default_factory=Armed)
    listeners: Sequence[Listener] = ()
    executions: dict[str, Any] = field(default_factory=dict)
    """By ARN, in the order of their starts: the first is the root."""
    followed: list[str] = field(default_factory=list)
    """ARNs of the nested executions that a state has waited for ("Run a job"): a stop stops these too."""
    visits: Counter[str] = field(default_factory=Counter)
    transitions: int = 0
    invocations: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    stopped: bool = False
    redriven_at: datetime | None = None
    """When the root was redriven, if this is not the run that has started it."""
    started: list["Run"] = field(default_factory=list)
    """Those that rules and functions started because of it."""
    generation: int = 0
    """How many runs before it are the cause of it."""

    @property
    def root(self) -> Any:
        """moto's execution."""
        return next(iter(self.executions.values()))

    def disarm(self) -> list[Fault]:
        """Remove the faults. Returns those that no request met and that are not optional."""
        unmet, self.armed = self.armed.unmet(), Armed()
        return unmet

    def stops_at(self, state: str, visit: int, when: When) -> bool:
        """Whether the stop is now. It is reached once."""
        stop = self.stop_at
        if self.stopped or stop is None:
            return False
        return (stop.state, stop.visit, stop.when) == (state, visit, when)


current: ContextVar[Run | None] = ContextVar("current", default=None)
"""The run that this leaf works for."""


def caused(machine: str) -> Run:
    """A run beside that of this leaf, and because of it: it has calls, faults and a report of its own.

    Raises ScenarioError if so many came before that they seem to have no end.
    """
    cause = current.get()
    run = Run(machine, generation=cause.generation + 1 if cause else 0)
    if run.generation > MOST_GENERATIONS:
        raise ScenarioError(f"{machine} is started again and again because of what it has started")
    if cause is not None:
        cause.started.append(run)
    return run


class RunReport(Model):
    """What one run did. `cause` is the message alone; `state_transitions` counts as AWS bills, retries included.

    `started` has the reports of the runs that rules and functions started because of it; in a scenario also of those
    that started by themselves while it went on.
    """

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
    started: list["RunReport"]


def report(run: Run) -> RunReport:
    """The report of a run, after all its leaves have ended: what its functions did after a stop counts."""
    execution = run.root
    seconds = (execution.stop_date - (run.redriven_at or execution.start_date)).total_seconds()
    return RunReport(
        run=run.machine,
        name=execution.name,
        status=execution.exec_status.value,
        error=execution.error,
        cause=message(execution.cause),
        output=execution.output if execution.exec_status.value == "SUCCEEDED" else None,
        virtual_seconds=round(seconds, 3),
        state_transitions=run.transitions,
        history_events=len(execution.exec_worker.env.event_manager._history_event_list),
        lambda_invocations=run.invocations,
        api_calls=dict(sorted(run.calls.items())),
        started=[report(each) for each in run.started],
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
