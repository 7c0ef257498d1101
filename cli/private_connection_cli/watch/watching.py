"""Watches a run until it ends: its execution, and the nested ones that it waits for."""

import heapq
import itertools
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.live import Live

from private_connection_cli.problems import Problem, Refused
from private_connection_cli.watch.history import History
from private_connection_cli.watch.outcomes import NotShown, Outcome, asking_after, find_outcome
from private_connection_cli.watch.picture import line, tree
from private_connection_cli.watch.steps import Step, Steps

LOOK: Final = 1.0
"""Real seconds between two looks, once a run has gone on for some."""
FIRST: Final = 0.2
"""Until the second look: many a run ends at once."""
SLOWEST: Final = 8.0
"""Seconds between looks after some were refused for their rate, or not answered."""


class Patience(NamedTuple):
    slowest: float
    """Seconds between two looks at most."""
    most: float
    """Seconds in all for which nothing better is seen: between looks, or of looks where these take longer."""


NONE: Final = Patience(0, 0)
LATE: Final = Patience(LOOK, 60.0)
"""With a run that has started and is not shown: DescribeExecution and DescribeStateMachineForExecution are eventually
consistent (API reference), by how much is not documented.
"""
THROTTLED: Final = Patience(SLOWEST, math.inf)
UNANSWERED: Final = Patience(SLOWEST, 120.0)
"""While a laptop wakes up, or its network is another one. Each look has been tried again by the client before."""


@dataclass
class Watched:
    """One execution that is looked at."""

    history: History
    steps: Steps
    depth: int
    title: str
    said: set[tuple[str, Any]] = field(default_factory=set)


def watch(states: Any, execution: str, console: Console, pause: Callable[[float], None] = time.sleep) -> Outcome:
    """Shows the run on the console until it has ended, and returns how. `pause` waits the given seconds.

    A run that has started just now need not be shown yet: raises NotShown if it is not after a minute. Raises Refused
    if AWS refuses to tell, or has not answered for two minutes.
    """
    watcher = _Watcher(states, execution, console)
    with watcher.shown() as show:
        for seconds in watcher.looks():
            show()
            if watcher.outcome is not None:
                return watcher.outcome
            pause(seconds)
    raise AssertionError("looks never end by themselves")


class _Watcher:
    def __init__(self, states: Any, execution: str, console: Console) -> None:
        self._states = states
        self._execution = execution
        self._console = console
        self._is_drawn = console.is_terminal and not console.is_dumb_terminal  # which cannot be drawn on again
        self._known = {execution: (0, "")}
        """Depth and title of each execution that is known of."""
        self._watched: dict[str, Watched] = {}
        """Those that are shown."""
        self._new = list[tuple[datetime, int, Watched, Mapping[str, Any]]]()
        """Events that are read and not taken, as a heap: a look that is refused takes no event with it."""
        self._turns = itertools.count()
        self.outcome: Outcome | None = None
        """How the run has ended, once it has."""

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
        seconds, borne = FIRST, defaultdict[Patience, float](float)
        while True:
            began = time.monotonic()
            try:
                self._look()
                seconds = min(LOOK, seconds * 1.5)
                borne.clear()
            except Problem as problem:
                patience = _patience_with(problem)
                if borne[patience] >= patience.most:
                    raise
                seconds = min(patience.slowest, seconds * 2)
                borne[patience] += max(seconds, time.monotonic() - began)
            yield seconds

    def picture(self) -> RenderableType:
        rows = max(3, self._console.height - 4)
        return Group(*(tree(each.steps, each.title, _now(each), rows) for each in self._shown()))

    def _shown(self) -> list[Watched]:
        """The run, and the nested execution that it is in."""
        nested = [each for each in self._watched.values() if each.depth and each.steps.ended is None]
        return [*filter(None, [self._watched.get(self._execution)]), *nested]

    def _look(self) -> None:
        """Takes what is new of all executions in the order in which it happened, of those that begin meanwhile too."""
        self._follow()
        unread = [each for each in self._watched.values() if each.steps.ended is None]
        while unread or self._new:
            for watched in unread:
                self._read(watched)
            followed = len(self._watched)
            if self._new:
                self._take(*heapq.heappop(self._new)[2:])
            unread = list(self._watched.values())[followed:]
        if self._watched[self._execution].steps.ended is not None:
            outcome = find_outcome(self._states, self._execution)
            self.outcome = outcome if outcome.status != "RUNNING" else None

    def _follow(self) -> None:
        """Follows what is shown by now of the executions that it knows of."""
        for execution in [each for each in self._known if each not in self._watched]:
            with self._patience(execution), asking_after(execution):
                found = self._states.describe_state_machine_for_execution(executionArn=execution)
                depth, title = self._known[execution]
                name = title or f"{found['name']} {execution.rpartition(':')[2]}"
                history, steps = History(self._states, execution), Steps(found["definition"])
                self._watched[execution] = Watched(history, steps, depth, name)

    def _read(self, watched: Watched) -> None:
        with self._patience(watched.history.execution):
            for event in watched.history.read():
                heapq.heappush(self._new, (event["timestamp"], next(self._turns), watched, event))

    @contextmanager
    def _patience(self, execution: str) -> Iterator[None]:
        """A nested execution that is not shown yet is looked at the next time. Whether the run is may be waited for."""
        try:
            yield
        except NotShown:
            if execution == self._execution:
                raise

    def _take(self, watched: Watched, event: Mapping[str, Any]) -> None:
        step = watched.steps.add(event)
        if step is not None and not self._is_drawn:
            self._say(watched, step)
        for name, execution in watched.steps.nested.items():
            if execution not in self._known:
                self._known[execution] = (watched.depth + 1, name)
                self._follow()

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
    """The time of the last look, or the last event's where that is later: headers have no fractions of a second. Of an
    execution of which nothing is shown yet it does not matter.
    """
    known = (watched.steps.last, watched.history.now)
    return watched.steps.ended or max(filter(None, known), default=datetime.now(UTC))


def _patience_with(problem: Problem) -> Patience:
    if isinstance(problem, NotShown):
        return LATE
    if not isinstance(problem, Refused):
        return NONE
    return THROTTLED if problem.throttled else UNANSWERED if problem.unanswered else NONE
