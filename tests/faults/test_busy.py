"""Runs of one connection beside each other: one works, and the others end in ConnectionBusy without a trace.

Others start at each moment at which the first one awaits something: in the middle of each state and of each call. In
`make test` they start beside one run, in each state, at each call that keeps the books, and at some of the others,
which are drawn. `make soak` tries each moment with a run of the other machine, and with three and four at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.gateway import Call
from sandbox.runs import RunReport, Start
from sandbox.stepfunctions.interpreter import Moment
from tests.draws import SOAKING, drawn
from tests.faults.grounds import ADOPT, Json, ground, removal

INPUTS: Final[dict[str, Json]] = {"provision": ADOPT, "teardown": removal("adopt")}
GROUNDS: Final = {"provision": "blank", "teardown": "provisioned"}
"""Where each machine has all of its work to do."""
BOOKKEEPING: Final = {"dynamodb:GetItem", "dynamodb:PutItem", "stepfunctions:DescribeExecution"}
"""What a run calls that finds another one at work."""
LAST: Final = "Release connection"
CALLS: Final = 3
"""One of so many calls is tried that keep no books: nothing else is shared by runs of one connection."""
SOON: Final = 3.0
"""Seconds until a run that has just started claims at the latest: its functions may start cold."""


@dataclass(frozen=True)
class Seen:
    reports: list[RunReport]
    owned: dict[str, list[str]]
    foreign_changes: list[str]


def seen(account: Account, reports: list[RunReport]) -> Seen:
    return Seen(reports, account.snapshot.owned(), account.snapshot.foreign_changes())


def started(account: Account, machines: Sequence[str], gaps: Sequence[float]) -> Seen:
    """Asked in a fork."""
    return seen(account, account.together([Start(each, INPUTS[each]) for each in machines], gaps))


@cache
def alone(first: str, machine: str) -> tuple[Seen, list[float]]:
    """What a run does where the first one would, if none is beside it, and its moments."""
    return ground(GROUNDS[first], "adopt").ask(undisturbed, machine)


def undisturbed(account: Account, machine: str) -> tuple[Seen, list[float]]:
    """Asked in a fork: a run, and the seconds from its start at which it enters a state, or makes a call that is tried.

    Whoever starts right before the release may find the connection free.
    """
    began, times, released, others = account.clock.now(), [0.0], [0.0], list[float]()

    def told(moment: Moment) -> None:
        if moment.kind == "entered":
            times.append(moment.at - began)
            released[0] = max(released[0], moment.at - began) if moment.state == LAST else released[0]

    def called(call: Call) -> None:
        (times if f"{call.service}:{call.operation}" in BOOKKEEPING else others).append(call.at - began)

    account.gateway.listeners.append(called)
    report = account.run(machine, INPUTS[machine], listeners=[told])
    times += drawn(sorted({*others} - {*times}), f"busy {machine}", CALLS)
    return seen(account, [report]), sorted({round(each, 3) for each in times if each <= released[0] - SOON})


def awaits(machine: str) -> list[float]:
    """The middles between them, and the start itself."""
    _, found = alone(machine, machine)
    return [0.0, *(round((earlier + later) / 2, 4) for earlier, later in pairwise(found))]


def problems(first: str, others: Sequence[str], gaps: Sequence[float]) -> Iterator[str]:
    """What is wrong if the others start beside the first one, each so many seconds after the one before.

    Of two that start at once any may be the one that works.
    """
    together = ground(GROUNDS[first], "adopt").ask(started, [first, *others], [0.0, *gaps])
    working, *busy = sorted(together.reports, key=lambda each: each.error == "ConnectionBusy")
    right, _ = alone(first, working.run)
    if [(working.status, working.error)] != [(each.status, each.error) for each in right.reports]:
        yield f"{working.name} ended {working.status}: {working.error}: {working.cause}"
    for each in busy:
        if each.error != "ConnectionBusy" or f":{working.name} " not in str(each.cause):
            yield f"{each.name} ended {each.status}: {each.error}: {each.cause}"
        if not each.api_calls.keys() <= BOOKKEEPING:
            yield f"{each.name} called {sorted(each.api_calls.keys() - BOOKKEEPING)}"
    if together.foreign_changes or counted(together) != counted(right):
        yield f"{together.owned} instead of {right.owned}; {together.foreign_changes}"


def counted(found: Seen) -> dict[str, int]:
    """How many things of each kind there are: ids are drawn."""
    return {kind: len(ids) for kind, ids in found.owned.items()}


@pytest.mark.parametrize("machine", sorted(INPUTS))
def test_one_works_and_all_that_start_meanwhile_are_busy(machine: str) -> None:
    points = awaits(machine)
    assert len(points) > 40
    gaps = [round(later - earlier, 4) for earlier, later in pairwise([0.0, *points])]
    assert list(problems(machine, [machine] * len(points), gaps)) == []


@pytest.mark.skipif(not SOAKING, reason="make soak tries each moment by itself")
@pytest.mark.parametrize(
    ("first", "second", "number"),
    [
        ("provision", "teardown", 2),
        ("teardown", "provision", 2),
        *((each, each, number) for each in sorted(INPUTS) for number in (3, 4)),
    ],
)
def test_one_of_them_works_whenever_the_others_start(first: str, second: str, number: int) -> None:
    others = [second] * (number - 1)
    found = {gap: list(problems(first, others, [gap, *[0.1] * (number - 2)])) for gap in awaits(first)}
    assert {gap: wrong for gap, wrong in found.items() if wrong} == {}
