"""The clock: one leaf at a time, in the order of time, and nothing waits for real."""

import math
import time
from datetime import UTC, datetime

import pytest

from sandbox.clock import START, ScaledClock, StalledError, VirtualClock, clock_face, virtual_time


def test_leaves_take_turns_in_the_order_of_their_times() -> None:
    clock, log = VirtualClock(), []

    def sleeper(name: str, seconds: float, times: int) -> None:
        for _ in range(times):
            clock.sleep(seconds)
            log.append((clock.now() - START, name))

    clock.start(lambda: sleeper("slow", 5, 2))
    clock.start(lambda: sleeper("fast", 2, 4))
    clock.run()

    assert log == [(2, "fast"), (4, "fast"), (5, "slow"), (6, "fast"), (8, "fast"), (10, "slow")]


def test_what_is_due_together_happens_in_the_order_it_was_asked_for() -> None:
    clock, log = VirtualClock(), []
    for name in "abc":

        def leaf(name: str = name) -> None:
            clock.sleep(3)
            log.append(name)

        clock.start(leaf)
    clock.run()

    assert log == ["a", "b", "c"]


def test_nothing_starts_before_run_and_time_stands_between_runs() -> None:
    clock, log = VirtualClock(), []
    clock.start(lambda: log.append(clock.now()))
    assert log == []
    clock.sleep(60)
    clock.run()
    assert log == [START + 60]


def test_a_wait_ends_when_it_is_so_or_when_its_time_is_over() -> None:
    clock, log = VirtualClock(), []
    flag: list[bool] = []

    def waiter() -> None:
        log.append((clock.wait(lambda: bool(flag), 3), clock.now() - START))
        log.append((clock.wait(lambda: bool(flag)), clock.now() - START))

    def setter() -> None:
        clock.sleep(7)
        flag.append(True)

    clock.start(waiter)
    clock.start(setter)
    clock.run()

    assert log == [(False, 3), (True, 7)]


def test_a_timer_fires_between_leaves_unless_it_was_cancelled() -> None:
    clock = VirtualClock()
    log: list[object] = []

    def leaf() -> None:
        clock.call_at(START + 5, lambda: log.append(clock.now() - START))
        clock.call_at(START + 6, lambda: log.append("never")).cancel()
        clock.sleep(10)

    clock.start(leaf)
    clock.run()

    assert log == [5]


def test_a_limited_leaf_is_killed_at_its_time_inside_whatever_it_sleeps_in() -> None:
    clock = VirtualClock()
    log: list[object] = []

    class KilledError(BaseException):
        pass

    def leaf() -> None:
        try:
            with clock.limited(START + 4, KilledError()):
                clock.sleep(3)
                clock.sleep(3)
                log.append("survived")
        except KilledError:
            log.append(clock.now() - START)
        clock.sleep(100)
        log.append(clock.now() - START)

    clock.start(leaf)
    clock.run()

    assert log == [4, 104]


def test_what_a_leaf_puts_in_place_is_put_back_each_time_it_goes_on() -> None:
    clock, place, seen = VirtualClock(), [""], []

    def leaf(name: str) -> None:
        with clock.resuming(lambda: place.__setitem__(0, name)):
            for _ in range(2):
                seen.append((name, place[0]))
                clock.sleep(1)

    clock.start(lambda: leaf("a"))
    clock.start(lambda: leaf("b"))
    clock.run()

    assert seen == [("a", "a"), ("b", "b"), ("a", "a"), ("b", "b")]


def test_leaves_that_wait_for_each_other_are_a_fault_and_not_a_hang() -> None:
    clock = VirtualClock()

    def leaf() -> None:
        clock.wait(lambda: False)

    clock.start(leaf)
    with pytest.raises(StalledError, match="1 leaves"):
        clock.run()


def test_what_a_leaf_dies_of_is_raised_by_run() -> None:
    clock = VirtualClock()

    def leaf() -> None:
        raise ZeroDivisionError("in a leaf")

    clock.start(leaf)
    with pytest.raises(ZeroDivisionError, match="in a leaf"):
        clock.run()


def test_an_infinite_wait_is_not_due_at_all() -> None:
    clock = VirtualClock()
    flag: list[bool] = []

    def waiter() -> None:
        clock.wait(lambda: bool(flag), math.inf)

    def setter() -> None:
        clock.sleep(2)
        flag.append(True)

    clock.start(waiter)
    clock.start(setter)
    clock.run()
    assert clock.now() == START + 2


def test_the_process_sees_virtual_time() -> None:
    clock, seen = VirtualClock(), []

    def leaf() -> None:
        time.sleep(900)
        seen.append((time.time(), datetime.now(UTC).isoformat()))

    with virtual_time(clock):
        clock.start(leaf)
        clock.run()

    assert seen == [(START + 900, "2026-01-01T00:15:00+00:00")]


def test_a_scaled_clock_runs_faster_than_it_sleeps() -> None:
    clock = ScaledClock(scale=10_000, start=START)
    clock.sleep(100)
    assert clock.now() >= START + 100


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59.4, "59s"), (60, "1m 00s"), (3661, "61m 01s")])
def test_a_clock_face(seconds: float, text: str) -> None:
    assert clock_face(seconds) == text


def test_a_run_until_a_time_goes_as_far_and_the_next_one_goes_on() -> None:
    clock, log = VirtualClock(), list[float]()

    def sleeper() -> None:
        for _ in range(3):
            clock.sleep(10)
            log.append(clock.now() - START)

    clock.start(sleeper)
    clock.call_at(START + 25, lambda: log.append(-1))
    clock.run_until(START + 12)
    assert (log, clock.now() - START, clock.due - START) == ([10], 12, 20)
    clock.run_until(START + 20)
    assert log == [10, 20]
    clock.run()
    assert (log, clock.due) == ([10, 20, -1, 30], math.inf)


def test_a_run_until_a_time_raises_what_ended_a_leaf() -> None:
    clock = VirtualClock()

    def fails() -> None:
        clock.sleep(1)
        raise KeyError("broken")

    clock.start(fails)
    clock.run_until(START)
    with pytest.raises(KeyError, match="broken"):
        clock.run_until(START + 1)
