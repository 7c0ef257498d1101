"""Watches a run until it ends: its execution, and the nested ones that it waits for."""

import heapq
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError
from rich.console import Console, Group, RenderableType
from rich.live import Live

from private_connection_cli.problems import Exit, Problem, code_of, explained
from private_connection_cli.watch.history import History
from private_connection_cli.watch.picture import line, tree
from private_connection_cli.watch.steps import Step, Steps

LOOK: Final = 1.0
"""Real seconds between two looks, once a run has gone on for some."""
FIRST: Final = 0.2
"""Until the second look: many a run ends at once."""
EXECUTION: Final = re.compile(r"arn:[\w-]+:states:[\w-]+:\d{12}:execution:[^:\s]+:[^:\s]+")
EXAMPLE: Final = "arn:aws:states:us-east-1:123456789012:execution:Provision:orders-1"
SLOWEST: Final = 8.0
"""Seconds between looks after Step Functions has refused some for their rate."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended, as DescribeExecution says."""

    execution: str
    status: str
    output: str | None
    error: str | None
    cause: str | None
    seconds: float = 0.0
    """Until its end; 0 while it goes on."""
    input: str | None = None
    """As JSON; None where it is not shown."""

    @property
    def given(self) -> Mapping[str, Any]:
        """Its input; empty where that is no object."""
        found = json.loads(self.input or "{}")
        return found if isinstance(found, dict) else {}

    @property
    def succeeded(self) -> bool:
        return self.status == "SUCCEEDED"


@dataclass
class Watched:
    """One execution that is looked at."""

    history: History
    steps: Steps
    depth: int
    title: str
    said: set[tuple[str, Any]] = field(default_factory=set)


def find_outcome(states: Any, execution: str) -> Outcome:
    """How it is now; its status is RUNNING while it goes on. Raises Problem if there is no such execution."""
    if not EXECUTION.fullmatch(execution):
        raise Problem(f"{execution} is no ARN of an execution, such as {EXAMPLE}", Exit.NOT_FOUND)
    with explained():
        try:
            found = states.describe_execution(executionArn=execution)
        except states.exceptions.ExecutionDoesNotExist as missing:
            raise Problem(f"there is no execution {execution}", Exit.NOT_FOUND) from missing
    ended = found.get("stopDate", found["startDate"])
    seconds = (ended - found["startDate"]).total_seconds()
    output, error, cause, given = (found.get(key) for key in ("output", "error", "cause", "input"))
    return Outcome(execution, found["status"], output, error, cause, seconds, given)


def watch(states: Any, execution: str, console: Console, pause: Callable[[float], None] = time.sleep) -> Outcome:
    """Shows the run on the console until it has ended, and returns how. `pause` waits the given seconds."""
    find_outcome(states, execution)  # or there is none
    watcher = _Watcher(states, console)
    watcher.follow(execution, 0, "")
    with watcher.shown() as show:
        for seconds in watcher.looks():
            show()
            outcome = find_outcome(states, execution) if watcher.is_over(execution) else None
            if outcome is not None and outcome.status != "RUNNING":
                return outcome
            pause(seconds)
    raise AssertionError("looks never end by themselves")


class _Watcher:
    def __init__(self, states: Any, console: Console) -> None:
        self._states = states
        self._console = console
        self._is_drawn = console.is_terminal and not console.is_dumb_terminal  # which cannot be drawn on again
        self._watched: dict[str, Watched] = {}
        self._turns = itertools.count()

    def follow(self, execution: str, depth: int, title: str) -> None:
        with explained():
            definition = self._states.describe_state_machine_for_execution(executionArn=execution)
        name = title or f"{definition['name']} {execution.rpartition(':')[2]}"
        self._watched[execution] = Watched(
            History(self._states, execution), Steps(definition["definition"]), depth, name
        )

    @contextmanager
    def shown(self) -> Iterator[Callable[[], None]]:
        """Yields what draws the picture, which stays on a terminal; where none can be drawn, there is none."""
        if not self._is_drawn:
            yield lambda: None
            return
        live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        with live:  # where functions run in this process, what they print goes elsewhere
            yield lambda: live.update(self.picture(), refresh=True)

    def looks(self) -> Iterator[float]:
        """Looks each time it is asked. Yields the seconds until the next look: more while looks are refused."""
        seconds = FIRST
        while True:
            try:
                self._look()
                seconds = min(LOOK, seconds * 1.5)
            except Problem as problem:
                if not _is_throttled(problem):
                    raise
                seconds = min(SLOWEST, seconds * 2)
            yield seconds

    def is_over(self, execution: str) -> bool:
        return self._watched[execution].steps.ended is not None

    def picture(self) -> RenderableType:
        rows = max(3, self._console.height - 4)
        return Group(*(tree(each.steps, each.title, _now(each), rows) for each in self._shown()))

    def _shown(self) -> list[Watched]:
        """The run, and the nested execution that it is in."""
        first, *nested = self._watched.values()
        return [first, *(each for each in nested if each.steps.ended is None)]

    def _look(self) -> None:
        """Takes what is new of all executions in the order in which it happened, of those that begin meanwhile too."""
        new = list[tuple[datetime, int, Watched, Mapping[str, Any]]]()
        unread = [each for each in self._watched.values() if each.steps.ended is None]
        while unread or new:
            for watched in unread:
                for event in watched.history.read():
                    heapq.heappush(new, (event["timestamp"], next(self._turns), watched, event))
            known = len(self._watched)
            if new:
                self._take(*heapq.heappop(new)[2:])
            unread = list(self._watched.values())[known:]

    def _take(self, watched: Watched, event: Mapping[str, Any]) -> None:
        step = watched.steps.add(event)
        if step is not None and not self._is_drawn:
            self._say(watched, step)
        for name, execution in watched.steps.nested.items():
            if execution not in self._watched:
                self.follow(execution, watched.depth + 1, name)

    def _say(self, watched: Watched, step: Step) -> None:
        """Prints a line for a step, once for each node. Later rounds of a loop are not printed."""
        entry = step.entries[-1]
        said = (step.name, entry.label or entry.iteration)
        if said in watched.said or step.kind in ("Choice", "Pass", "Parallel"):
            return
        watched.said.add(said)
        text = "  " * watched.depth + line(watched.steps, step)
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _now(watched: Watched) -> datetime:
    """The time of the last look, or the last event's where that is later: headers have no fractions of a second."""
    steps, seen = watched.steps, watched.history.now
    assert steps.last is not None
    return max(steps.last, seen) if seen and not steps.ended else steps.ended or steps.last


def _is_throttled(problem: Problem) -> bool:
    cause = problem.__cause__
    return isinstance(cause, ClientError) and code_of(cause) == "ThrottlingException"
