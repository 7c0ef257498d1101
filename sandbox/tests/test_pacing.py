"""Virtual time that keeps to real time: what is asked for from outside is carried out on a leaf, and schedules fire."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.clock import START
from sandbox.pacing import PacedClock

FAST = 1e5


@contextmanager
def driven(clock: PacedClock) -> Iterator[None]:
    driver = threading.Thread(target=clock.drive)
    driver.start()
    try:
        yield
    finally:
        clock.end()
        driver.join()


def test_a_call_from_outside_is_a_leaf_and_returns_its_answer() -> None:
    clock = PacedClock(FAST)

    def slept() -> float:
        clock.sleep(60)
        return clock.now()

    with driven(clock):
        assert clock.call(clock.on_leaf)
        assert clock.call(slept) >= START + 60
    assert not clock.on_leaf()


def test_what_a_call_raises_is_raised_in_its_caller_and_the_clock_goes_on() -> None:
    clock = PacedClock(FAST)

    def fails() -> None:
        raise KeyError("a caller's fault")

    with driven(clock):
        with pytest.raises(KeyError, match="a caller's fault"):
            clock.call(fails)
        assert clock.call(lambda: "well") == "well"


def test_calls_beside_each_other_go_on_in_the_order_of_their_times() -> None:
    clock, log = PacedClock(FAST), list[str]()

    def sleeper(name: str, seconds: float) -> None:
        clock.sleep(seconds)
        log.append(name)

    callers = [
        threading.Thread(target=clock.call, args=(lambda each=each: sleeper(*each),))
        for each in (("slow", 90_000), ("fast", 1))
    ]
    with driven(clock):
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert log == ["fast", "slow"]


def test_what_stands_apart_fires_though_nobody_asks_for_anything() -> None:
    clock, fired = PacedClock(FAST), threading.Event()
    clock.call_apart(START + 3600, fired.set)
    with driven(clock):
        fired.wait()
        assert clock.call(clock.now) >= START + 3600


def test_it_ends_by_itself_when_nobody_asks_for_anything() -> None:
    clock = PacedClock(FAST)
    clock.drive(idle=0)
    assert clock.now() >= START
