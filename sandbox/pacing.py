"""Virtual time that keeps to real time, for an account that real clients use.

The clock is the one of all accounts: its leaves run one at a time and jump from event to event. But a leaf continues
only when as much real time has passed as its sleep takes at the given scale, and what a client asks for is carried out
on a leaf of its own. So clients in other processes see the same account as a scenario does, and no code needs a lock.
"""

import math
import queue
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Final, TypeVar

from sandbox.clock import START, VirtualClock

Answer = TypeVar("Answer")
SLICE: Final = 0.05
"""Real seconds after which the clock looks for new requests at the latest. It falls behind where leaves take longer."""


class PacedClock(VirtualClock):
    """At most `scale` virtual seconds pass in a real one."""

    def __init__(self, scale: float, start: float = START) -> None:
        super().__init__(start)
        self._scale = scale
        self._asked = queue.SimpleQueue[Callable[[], None] | None]()

    def call(self, action: Callable[[], Answer]) -> Answer:
        """Carry out `action` on a leaf while the clock is driven, and return its answer, or raise what it raises."""
        answers = list[Answer]()
        failures = list[BaseException]()
        done = threading.Event()

        def carry_out() -> None:
            try:
                answers.append(action())
            except BaseException as failure:  # noqa: BLE001  it is the caller's, who waits on another thread
                failures.append(failure)
            finally:
                done.set()

        self._asked.put(carry_out)
        done.wait()
        if failures:
            raise failures[0]
        return answers[0]

    def end(self) -> None:
        """Let `drive` return. What has not ended by then never goes on."""
        self._asked.put(None)

    def drive(self, idle: float = math.inf) -> None:
        """Let time pass, and carry out what is asked for, until the end, or nothing was in so many real seconds."""
        self._awaited += 1  # somebody is there all the time, for whom schedules fire
        self.call_at(math.inf, lambda: None)
        asked_at = real = time.monotonic()
        while real - asked_at <= idle:
            asked = self._next_asked()
            if asked is None:
                return
            passed, real = time.monotonic() - real, time.monotonic()
            self.run_until(self.now() + min(passed, SLICE) * self._scale)
            asked_at = real if asked else asked_at
            for each in asked:
                copy_context().run(self.start, each)
            if asked:
                self.run_until(self.now())

    def _next_asked(self) -> list[Callable[[], None]] | None:
        """What was asked for by the time of the next event, or within a slice; None at the end."""
        asked = list[Callable[[], None]]()
        seconds = min(SLICE, max(0.0, (self.due - self.now()) / self._scale))
        try:
            each = self._asked.get(timeout=seconds) if seconds else self._asked.get_nowait()
            while each is not None:
                asked.append(each)
                each = self._asked.get_nowait()
        except queue.Empty:
            return asked
        return None
