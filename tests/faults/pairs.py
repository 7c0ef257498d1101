"""Two runs, one after the other: the first is stopped anywhere, and the second fails anywhere.

The second one removes what the first left, and what it made itself, or names what could not be removed; a third one
ends as if there had been neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.account import Account
from sandbox.runs import ScenarioError, StopAt
from tests.faults.failing import FINISHING, Failing, failing_states
from tests.faults.grounds import QUICK, REQUESTS, ground, slow_down
from tests.faults.observation import ROLL_BACK, observed
from tests.faults.stops import Road, stops
from tests.faults.trials import RANDOM, SETTINGS, Ending, Owned, Row, ending_of, shape, things
from tests.registry import item

FIRST: Final = ("blank", "died", "available too late", "never healthy")
"""The grounds on which no run has been READY."""
LATER: Final = 4500
"""Seconds after which also what takes longest in any ground is over."""
UNTOUCHED: Final = ("Read request", "Claim connection")
"""States that come before the second run has looked at what the first one left."""
UNROLLED: Final = (ROLL_BACK, FINISHING)
"""States in which the second run's failure is that it removes nothing."""


@dataclass(frozen=True)
class Pair:
    road: Road
    stop: StopAt
    state: str
    """In which the second run fails."""

    @property
    def mode(self) -> str:
        return self.road.mode


def pairs(mode: str) -> list[Pair]:
    """Every failure after every stop; of stops that leave the same, after one of them."""
    found = {_left(road, stop): (road, stop) for road, stop in stops("provision", mode)}
    return [Pair(road, stop, state) for road, stop in found.values() for state in failures()]


def some(mode: str, roads: int) -> list[Pair]:
    """Every failure after every stop on one of the first so many roads."""
    return [Pair(road, stop, state) for road, stop in stops("provision", mode, roads) for state in failures()]


def _left(road: Road, stop: StopAt) -> str:
    return ground(road.ground, road.mode).ask(_left_of, road, stop)


def _left_of(account: Account, road: Road, stop: StopAt) -> str:
    """Asked in a fork. What the account and the registry hold after the stop."""
    account.run("provision", road.input, faults=road.faults, stop_at=stop)
    found = item(road.connection)
    told = [found.get("status"), *(bool(found.get(each)) for each in ("holder", "worker", "unfinished", "kept"))]
    return f"{road.ground} {told} {sorted(RANDOM.sub('…', each) for each in things())}"


def failures() -> list[str]:
    return [*failing_states(), FINISHING]


def tried(pair: Pair) -> list[Row]:
    """The pair's row of the matrix."""
    stop = f"{pair.stop.when} {pair.stop.state}"
    try:
        made = shape(observed("provision", pair.mode, (), "" if pair.road.ground in FIRST else pair.road.ground).owned)
        ending, wrong = ground(pair.road.ground, pair.mode).ask(_two_runs, pair, made)
    except (ScenarioError, RuntimeError) as error:
        return [Row("stopped, then failing", pair.mode, stop, pair.state, None, (str(error),))]
    return [Row("stopped, then failing", pair.mode, stop, pair.state, ending, tuple(wrong))]


def _two_runs(account: Account, pair: Pair, made: Owned) -> tuple[Ending, list[str]]:
    """Asked in a fork."""
    request = REQUESTS[pair.mode]
    account.run("provision", pair.road.input, faults=pair.road.faults, stop_at=pair.stop)
    slow_down(account, **QUICK)
    account.clock.sleep(LATER if pair.road.ground == "available too late" else 0)
    ready = item(pair.road.connection).get("status") == "READY"
    before, failing = things(), Failing(account, pair.state)
    report = account.run("provision", request, listeners=[failing])
    ending = ending_of(account, report, before)
    wrong = list(_wrong(pair, ending, made, met=failing.met, ready=ready))
    third = account.run("provision", request)
    if (third.status, shape(account.snapshot.owned())) != ("SUCCEEDED", made):
        wrong.append(f"the third run ended {third.error}: {third.cause}, and left {shape(account.snapshot.owned())}")
    return ending, wrong


def _wrong(pair: Pair, ending: Ending, made: Owned, *, met: bool, ready: bool) -> Iterator[str]:
    """The second run leaves nothing; of a first one that was recorded as READY, all."""
    if ending.foreign_changes:
        yield f"changed what is not ours: {ending.foreign_changes}"
    expected = ("FAILED", "RollbackIncomplete" if pair.state in UNROLLED else "StepTimedOut")
    if (ending.status, ending.error) != (expected if met else ("SUCCEEDED", None)):
        yield f"ended {ending.status} {ending.error}: {ending.cause}"
    if pair.state in (*UNTOUCHED, *UNROLLED) and met:
        return  # whatever is there stays until the next run, which cleans up
    if met and ready:
        taken = [each for each in ending.lost if not each.startswith("target ")]
        added = [each for each in ending.added if each.split()[0] not in SETTINGS]
        if taken or added:
            yield f"took away or changed {taken}, left {added}"
    elif shape(ending.owned) != ({} if met else made):
        yield f"left {shape(ending.owned)} instead of {'nothing' if met else made}"
