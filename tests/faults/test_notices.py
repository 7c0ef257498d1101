"""What is told of runs, whatever becomes of the telling: a run ends as if somebody had heard, and no later than that.

Runs, and ways to hinder them, are drawn; `make soak` tries all of them. That each run tells what it has to, once and as
its schema says, is judged after each random sequence, too.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from tests.draws import drawn
from tests.exactness.told import TELLING, schema
from tests.faults.grounds import ADOPT, Json, delete_load_balancer, given, ground, opened, world
from tests.faults.observation import FOR_EVER, LATE
from tests.faults.trials import RANDOM
from tests.registry import item

PATIENCE: Final = 15
"""Seconds that one call may take longer because of what it is answered: it is made twice at most, after a pause."""
PASSING: Final = ("createdAt", "changedAt", "version")
"""What an item says of when it was written."""
Puts = list[tuple[str, Json]]


@dataclass(frozen=True)
class Way:
    """A way to hinder a run from telling."""

    faults: tuple[Fault, ...]
    put: bool
    """Whether its events are put all the same."""
    counted: bool
    """Whether it takes them for lost."""


def fault(error: str, times: int = FOR_EVER, **how: Any) -> Fault:
    return Fault(operation=TELLING, error=error, times=times, **how)


def lost(*faults: Fault) -> Way:
    return Way(faults, put=False, counted=True)


def borne(*faults: Fault) -> Way:
    return Way(faults, put=True, counted=False)


ENTRY: Final = fault("InternalFailure", 1, inside=True)
"""The entries of one request fail inside the answer."""
WAYS: Final = {
    "an entry fails once": borne(ENTRY),
    "an entry fails for ever": lost(fault("InternalFailure", inside=True)),
    "an entry fails, and then all requests": lost(ENTRY, fault("AccessDeniedException")),
    "denied": lost(fault("AccessDeniedException")),
    "throttled": lost(fault("ThrottlingException")),
    "throttled once": borne(fault("ThrottlingException", 1)),
    "no such bus": lost(fault("ResourceNotFoundException")),
    "a fault of EventBridge's own": lost(fault("InternalError")),
    "too large": lost(fault("ValidationException")),
    "an answer is lost": borne(fault("InternalError", 1, applied=True)),
    "all answers are lost": Way((fault("InternalError", applied=True),), put=True, counted=True),
}


@dataclass(frozen=True)
class Road:
    """A run of which something is told."""

    machine: str
    ground: str
    kinds: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    happens: Callable[[Account], None] = lambda _: None
    """What happens to the ground before."""


def bereft(account: Account) -> None:
    """Somebody deleted the endpoint service and the load balancer by hand."""
    for each in account.snapshot.owned()["loadBalancer"]:
        delete_load_balancer(account, each)


ROADS: Final = {
    "made ready": Road("provision", "blank", ("Ready",)),
    "made anew": Road("provision", "provisioned", ("Ready", "Service Name Changed"), happens=bereft),
    "fails": Road("provision", "blank", ("Failed",), (LATE,)),
    "torn down": Road("teardown", "provisioned", ("Torn Down",)),
    "found dead": Road("recover", "died", ("Failed",)),
    "finished by the next run": Road("provision", "died", ("Failed", "Ready")),
}


def told(account: Account, name: str, *hindered: Fault) -> tuple[Json, Puts, int]:
    """Asked in a fork: how a run ended, what it put, and how many it counted that it did not."""
    road, account._logs = ROADS[name], (printed := io.StringIO())
    road.happens(account)
    before = len(account.bus.taken)
    report = account.run(road.machine, given(road.machine, "adopt"), faults=[*road.faults, *hindered])
    lasting = {key: value for key, value in item("orders").items() if key not in PASSING}
    lines = (json.loads(line) for line in printed.getvalue().splitlines() if line.startswith("{"))
    failed = sum(line["NoticesFailed"] for line in lines if "_aws" in line)
    puts = [(str(put.event["detail-type"]), dict(put.event["detail"])) for put in account.bus.taken[before:]]
    return {**report.model_dump(exclude={"api_calls", "name", "started"}), "item": lasting}, puts, failed


def without_chance(ending: Json) -> str:
    """The end of a run without its seconds, and without ids, which are drawn in the order in which things are made."""
    kept = {key: value for key, value in ending.items() if key != "virtual_seconds"}
    return RANDOM.sub("id", json.dumps(kept, default=str, sort_keys=True))


@cache
def undisturbed(road: str) -> tuple[Json, Puts, int]:
    return ground(ROADS[road].ground, "adopt").ask(told, road)


TRIED: Final = drawn([*ROADS], "roads of notices", 2)
CELLS: Final = [f"{road}: {way}" for road in TRIED for way in WAYS]


@pytest.mark.parametrize("road", TRIED)
def test_what_happens_is_told_once(road: str) -> None:
    _, puts, failed = undisturbed(road)
    assert (tuple(kind for kind, _ in puts), failed) == (ROADS[road].kinds, 0)
    for kind, detail in puts:
        schema(kind).validate(detail)


@pytest.mark.parametrize("cell", drawn(CELLS, "test_notices", 33))
def test_whatever_becomes_of_the_telling_a_run_ends_as_if_somebody_had_heard(cell: str) -> None:
    road, _, name = cell.partition(": ")
    way, (expected, heard, _) = WAYS[name], undisturbed(road)
    ending, puts, failed = ground(ROADS[road].ground, "adopt").ask(told, road, *way.faults)
    assert without_chance(ending) == without_chance(expected)
    assert ending["virtual_seconds"] <= expected["virtual_seconds"] + PATIENCE * len(heard)
    assert {detail["id"] for _, detail in puts} == ({detail["id"] for _, detail in heard} if way.put else set())
    assert failed == (len(heard) if way.counted else 0)


def test_a_deployment_that_tells_a_bus_which_is_not_there_runs_all_the_same() -> None:
    """EventBridge takes what is put on a bus that does not exist, and drops it."""
    with opened(world("adopt"), parameters={"NoticeBus": "gone/bus"}) as account:
        assert account.run("provision", ADOPT).status == "SUCCEEDED"
        assert [(put.bus, put.rules) for put in account.bus.taken] == [("gone/bus", ())]


def test_a_run_that_may_not_tell_ends_as_if_it_had() -> None:
    """Whatever the role of its function allows: an organization may forbid it."""
    forbidden = {"Effect": "Deny", "Action": TELLING, "Resource": "*"}
    laid = world("adopt", serviceControlPolicies=[{"Version": "2012-10-17", "Statement": [forbidden]}])
    with opened(laid) as account:
        report = account.run("provision", {**ADOPT, "cluster": {"id": "nowhere"}})
        assert (report.error, report.api_calls[TELLING], account.bus.taken) == ("InvalidRequest", 1, [])
