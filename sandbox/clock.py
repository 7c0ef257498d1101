"""Time as the sandbox knows it.

`VirtualClock` is a discrete-event clock. Everything that takes time runs on a *leaf*, a thread of its own, and only one
leaf runs at a time: when it sleeps or waits, the clock jumps to the next event and that event's leaf continues. So a
wait of fifteen minutes costs microseconds, the same seed gives the same history, and no other code needs a lock. The
price is that two leaves never run at the same instant, so true races do not occur.

`ScaledClock` is for the served sandbox, where real clients wait in real time: it runs a given number of times faster.
"""

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from unittest import mock

import time_machine

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
REAL_SLEEP = time.sleep


class Clock(Protocol):
    """What the services and the functions see of time, in seconds since the epoch."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class StalledError(RuntimeError):
    """Every leaf waits for another one. The cause is a fault of the sandbox, never of the code that runs in it."""


@dataclass(eq=False)
class Timer:
    """An action that runs at a given time unless it is cancelled first. It runs between leaves and must not sleep."""

    action: Callable[[], None]
    turn: int | None = None

    def cancel(self) -> None:
        self.turn = None


@dataclass(eq=False)
class _Leaf:
    baton: threading.Lock = field(default_factory=threading.Lock)
    turn: int | None = None
    until: Callable[[], bool] | None = None
    resumed: Callable[[], None] | None = None
    limit: tuple[float, BaseException] | None = None
    apart: bool = False


class VirtualClock:
    """Time passes only while every leaf sleeps. Processes must not share one, but a fork while no leaf runs is safe.

    What would go on for ever by itself, as a schedule does, stands *apart*: `run` lets its leaves end, and what they
    start, but its timers run only while another leaf is there. What is due after that runs when the next one is.
    """

    def __init__(self, start: float = START) -> None:
        self._now = start
        self._turns = itertools.count()
        self._due: list[tuple[float, int, _Leaf | Timer]] = []
        self._waiting: dict[_Leaf, None] = {}
        self._here = threading.local()
        self._alive = 0
        self._awaited = 0
        """The leaves that do not stand apart."""
        self._apart: list[tuple[float, int, Callable[[], None]]] = []
        self._limit = math.inf
        """The time at which a run stops."""
        self._idle = threading.Event()
        self._ran: _Leaf | None = None
        self._ended: threading.Thread | None = None
        """The thread of the leaf that has ended last, which may have to return yet."""
        self._failure: BaseException | None = None
        self.moved: Callable[[float], None] = lambda now: None

    def now(self) -> float:
        return self._now

    def on_leaf(self) -> bool:
        """Whether the caller's time is virtual."""
        return getattr(self._here, "leaf", None) is not None

    def sleep(self, seconds: float) -> None:
        """Let time pass. Outside a leaf, while none runs, this moves the clock."""
        if not self.on_leaf():
            self._move(self._now + max(0.0, seconds))
            return
        leaf: _Leaf = self._here.leaf
        when = self._now + max(0.0, seconds)
        if leaf.limit is not None and when > leaf.limit[0]:
            self._enqueue(leaf, max(self._now, leaf.limit[0]))
            self._park(leaf)
            raise leaf.limit[1]
        self._enqueue(leaf, when)
        self._park(leaf)

    def wait(self, until: Callable[[], bool], seconds: float = math.inf) -> bool:
        """Sleep until `until` returns True, at most for `seconds`. Returns what `until` returns then."""
        leaf: _Leaf = self._here.leaf
        if not until():
            leaf.until = until
            self._waiting[leaf] = None
            if seconds < math.inf:
                self._enqueue(leaf, self._now + max(0.0, seconds))
            self._park(leaf)
            leaf.until = None
        return until()

    def start(self, target: Callable[[], None], *, apart: bool = False) -> None:
        """Start `target` on a new leaf. If the caller is on no leaf, the new one waits for `run`.

        It stands apart if the caller's leaf does; a timer's action, which runs on any leaf, has to say so.
        """
        here: _Leaf | None = getattr(self._here, "leaf", None)
        leaf = _Leaf(apart=apart or (here is not None and here.apart))
        leaf.baton.acquire()
        self._alive += 1
        self._awaited += not leaf.apart
        self._enqueue(leaf, self._now)
        threading.Thread(target=self._live, args=(leaf, target), daemon=True).start()

    def run(self) -> None:
        """Run the leaves until all have ended, and raise the exception that ended one. Not for use on a leaf."""
        self._run()
        if self._alive:
            raise StalledError(f"{self._alive} leaves wait for each other at {self._now}")

    def run_until(self, when: float) -> None:
        """Run the leaves as far as they go by that time, which it is then. Raises as `run` does; not for use on a leaf.

        Leaves that sleep longer, or wait for what does not come about by then, go on in the next run.
        """
        self._limit = when
        try:
            self._run()
        finally:
            self._limit = math.inf
        self._move(when)

    def _run(self) -> None:
        self._idle.clear()
        self._pass_on()
        self._idle.wait()
        if self._ended is not None:
            self._ended.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    @property
    def due(self) -> float:
        """When the next event is, of whatever kind; a cancelled one may count."""
        return min([*self._due[:1], *self._apart[:1]], default=(math.inf,))[0]

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        timer = Timer(action)
        self._enqueue(timer, max(when, self._now))
        return timer

    def call_apart(self, when: float, action: Callable[[], None]) -> None:
        """Run `action` at that time if a leaf is there then that does not stand apart, else as soon as one is.

        It runs between leaves, as a timer's does, and starts leaves that stand apart.
        """
        heapq.heappush(self._apart, (when, next(self._turns), action))

    @contextmanager
    def limited(self, when: float, error: BaseException) -> Iterator[None]:
        """Raise `error` in the leaf when it sleeps past `when`, as a process that is killed does not wake up again."""
        leaf: _Leaf = self._here.leaf
        leaf.limit = (when, error)
        try:
            yield
        finally:
            leaf.limit = None

    @contextmanager
    def resuming(self, action: Callable[[], None]) -> Iterator[None]:
        """Call `action` now and each time the leaf continues after others ran: it restores global state."""
        leaf: _Leaf = self._here.leaf
        leaf.resumed = action
        action()
        try:
            yield
        finally:
            leaf.resumed = None

    def _live(self, leaf: _Leaf, target: Callable[[], None]) -> None:
        self._here.leaf = leaf
        leaf.baton.acquire()
        self._goes_on(leaf)
        try:
            target()
        except BaseException as failure:  # noqa: BLE001  a thread has nobody above it: run() raises it where it is seen
            self._failure = self._failure or failure
        finally:
            self._alive -= 1
            self._awaited -= not leaf.apart
            self._ended = threading.current_thread()
            self._pass_on()

    def _enqueue(self, item: _Leaf | Timer, when: float) -> None:
        item.turn = next(self._turns)
        heapq.heappush(self._due, (when, item.turn, item))

    def _park(self, leaf: _Leaf) -> None:
        self._pass_on()
        leaf.baton.acquire()
        self._goes_on(leaf)

    def _goes_on(self, leaf: _Leaf) -> None:
        """A leaf that follows on itself finds what is global as it left it."""
        if leaf.resumed is not None and self._ran is not leaf:
            leaf.resumed()
        self._ran = leaf

    def _pass_on(self) -> None:
        """Let the leaf that is due next continue, or let `run` return if there is none."""
        while (item := self._next()) is not None:
            if isinstance(item, _Leaf):
                self._waiting.pop(item, None)
                item.baton.release()
                return
            item.action()
        self._idle.set()

    def _next(self) -> _Leaf | Timer | None:
        for leaf in [leaf for leaf in self._waiting if leaf.until is not None and leaf.until()]:
            del self._waiting[leaf]
            self._enqueue(leaf, self._now)
        while self._due and (self._due[0][0] <= self._limit or self.due <= self._limit):
            if self._apart and self._comes_before():
                when, _, action = heapq.heappop(self._apart)
                self._move(when)
                action()
                continue
            when, turn, item = heapq.heappop(self._due)
            if item.turn == turn:  # else it was cancelled, or is due sooner
                item.turn = None
                self._move(when)
                return item
        return None

    def _comes_before(self) -> bool:
        """Whether what stands apart comes before all else that is due."""
        when, turn, item = self._due[0]
        return bool(self._awaited) and item.turn == turn and self._apart[0][0] <= when

    def _move(self, when: float) -> None:
        if when > self._now:
            self._now = when
            self.moved(when)


class ScaledClock:
    """`scale` virtual seconds to each real one."""

    def __init__(self, scale: float = 1.0, start: float | None = None) -> None:
        self._scale = scale
        self._began = time.monotonic()
        self._start = time.time() if start is None else start

    def now(self) -> float:
        return self._start + (time.monotonic() - self._began) * self._scale

    def sleep(self, seconds: float) -> None:
        REAL_SLEEP(max(0.0, seconds) / self._scale)


@contextmanager
def virtual_time(clock: VirtualClock) -> Iterator[None]:
    """Make `time.time`, `datetime.now` and, on leaves, `time.sleep` go by the clock."""

    def sleep(seconds: float) -> None:
        (clock.sleep if clock.on_leaf() else REAL_SLEEP)(seconds)

    with time_machine.travel(clock.now(), tick=False) as traveller, mock.patch.object(time, "sleep", sleep):
        clock.moved = traveller.move_to
        yield
    clock.moved = lambda now: None


def clock_face(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s" if minutes else f"{rest}s"
