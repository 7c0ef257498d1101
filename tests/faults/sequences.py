"""Anything may happen, in any order: two connections provisioned and torn down, with faults and stops and consumers.

Whatever that was, a last teardown of both leaves nothing, and nothing of anybody else's has changed.
"""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from sandbox.account import TEMPLATE, Account
from sandbox.deployment.template import Template
from sandbox.faults import Fault
from sandbox.runs import StopAt
from sandbox.scenarios.forks import Holder
from sandbox.world import apply_event
from tests.before_forks import warmed
from tests.draws import SOAKING
from tests.faults.cells import DENIAL, RATE, operations
from tests.faults.grounds import CLUSTER, DEPLOYED, QUICK, WORKSPACE, Json, world
from tests.faults.observation import FOR_EVER
from tests.faults.stops import moments

MORE = 4 if SOAKING else 2
"""Steps after the first, at most."""
REPLICAS = (0, 1) if SOAKING else (0, 0)
"""Replicas of the cluster that a run creates, and of the one that is there: each is one more node to connect."""
CONNECTIONS = ("first", "second")
Strategy = st.SearchStrategy


@dataclass(frozen=True)
class Run:
    machine: str
    given: Json
    fault: Fault | None
    stop: StopAt | None


@dataclass(frozen=True)
class Connect:
    """A consumer asks for the first endpoint service that there is, and is accepted or not."""

    accepted: bool


@dataclass(frozen=True)
class Advance:
    seconds: int


@dataclass(frozen=True)
class Sequence:
    seed: int
    latency: Json
    replicas: int
    """Of the cluster that is there."""
    deliveries: int
    """How often an event arrives: where it does, a run that died is finished at once."""
    steps: list[Run | Connect | Advance]


# ------------------------------------------------------------------ drawing one


def clusters(mode: str) -> Strategy[Json]:
    """What a connection is for: mostly a cluster that its run creates, or mostly the one that is there."""
    made: list[Json] = [{"id": "redis-demo", "create": {"replicasPerShard": each}} for each in REPLICAS]
    there, made_there = {"id": "orders"}, {"id": "redis-demo"}
    return st.sampled_from([*made, there, made_there] if mode == "create" else [there, there, there, *made, made_there])


def provisions(mode: str) -> Strategy[Json]:
    return st.fixed_dictionaries(
        {
            "connection": st.sampled_from(CONNECTIONS),
            "workspaceId": st.sampled_from([WORKSPACE, "another-workspace", "workspace-2"]),
            "cluster": clusters(mode),
            "onFailure": st.sampled_from(["rollback", "rollback", "keep"]),
        }
    )


def teardowns() -> Strategy[Json]:
    return st.fixed_dictionaries(
        {
            "connection": st.sampled_from(CONNECTIONS),
            "deleteCluster": st.booleans(),
            "finalSnapshot": st.just(False),
            "force": st.booleans(),
        }
    )


@cache
def called() -> list[str]:
    """Every operation that any run is known to call."""
    found = {
        each: None
        for mode in ("create", "adopt")
        for machine in ("provision", "teardown")
        for each in operations(machine, mode)
    }
    return sorted(found)


@cache
def functions() -> list[str]:
    """Every function."""
    return sorted(function.step for function in Template(TEMPLATE, "us-east-1").functions.values())


def faults() -> Strategy[Fault | None]:
    times, skip = st.sampled_from([1, 3, 40, FOR_EVER]), st.integers(0, 4)
    fault = st.builds(
        _fault,
        operation=st.deferred(lambda: st.sampled_from(called())),
        kind=st.sampled_from(["denied", "throttled", "InternalError"]),
        times=times,
        skip=skip,
        applied=st.booleans(),
    )
    timeout = st.builds(
        _timeout, step=st.deferred(lambda: st.sampled_from(functions())), times=times, skip=skip, applied=st.booleans()
    )
    return st.none() | fault | timeout


def _timeout(step: str, times: int, skip: int, applied: bool) -> Fault:
    return Fault(function=step, error="Timeout", times=times, skip=skip, applied=applied, optional=True)


def _fault(operation: str, kind: str, times: int, skip: int, applied: bool) -> Fault:
    code = {"denied": DENIAL, "throttled": RATE}.get(kind, {}).get(operation.partition(":")[0], kind)
    return Fault(operation=operation, error=code, times=times, skip=skip, applied=applied, optional=True)


def stops(machine: str) -> Strategy[StopAt | None]:
    stop = st.builds(
        lambda at, visit: StopAt.model_validate({"state": at[0], "when": at[1], "visit": visit, "optional": True}),
        st.deferred(lambda: st.sampled_from(moments(machine))),
        st.sampled_from([1, 1, 2, 3]),
    )
    return st.none() | st.none() | stop


def runs(mode: str) -> Strategy[Run]:
    provision = st.builds(Run, st.just("provision"), provisions(mode), faults(), stops("provision"))
    teardown = st.builds(Run, st.just("teardown"), teardowns(), faults(), stops("teardown"))
    return provision | provision | teardown


def sequences(mode: str) -> Strategy[Sequence]:
    others = st.builds(Connect, st.booleans()) | st.builds(Advance, st.sampled_from([10, 600]))
    first = runs(mode).map(lambda run: [run])
    more = st.lists(runs(mode) | runs(mode) | others, max_size=MORE)
    latency = st.sets(st.sampled_from(sorted(QUICK)), max_size=4).map(
        lambda drawn: {kind: seconds for kind, seconds in QUICK.items() if kind not in drawn}
    )
    every = st.builds(lambda one, rest: [*one, *rest], first, more)
    replicas, deliveries = st.sampled_from(REPLICAS), st.sampled_from([0, 1, 2])
    return st.builds(Sequence, st.integers(0, 99), latency, replicas, deliveries, every)


# ------------------------------------------------------------------ playing it


def nothing() -> AbstractContextManager[None]:
    return nullcontext()


@cache
def stage() -> "Holder[None]":
    warmed()
    return Holder(nothing)


def play(sequence: Sequence) -> list[str]:
    """What is wrong in the end."""
    return stage().ask(_played, sequence)


def _played(_: None, sequence: Sequence) -> list[str]:
    """Asked in a fork."""
    there = [{**each, "replicasPerShard": sequence.replicas} for each in CLUSTER["clusters"]]
    laid = world("adopt", latency=sequence.latency, clusters=there, eventDeliveries=sequence.deliveries)
    with Account(laid, sequence.seed, parameters=DEPLOYED, logs=io.StringIO()) as account:
        for step in sequence.steps:
            _take(account, step)
        return list(_left(account))


def _take(account: Account, step: Run | Connect | Advance) -> None:
    match step:
        case Advance(seconds):
            account.clock.sleep(seconds)
        case Connect(accepted):
            _connect(account, accepted)
        case Run(machine, given, fault, stop):
            account.run(machine, given, faults=[fault] if fault else [], stop_at=stop)


def _connect(account: Account, accepted: bool) -> None:
    for principal in account.snapshot.owned().get("allowedPrincipal", [])[:1]:
        arguments: dict[str, Any] = {"service": principal.partition("/")[0]}
        endpoint = f"vpce-{account.random.getrandbits(68):017x}"
        apply_event("connect", {**arguments, "endpoint": endpoint}, account.conditions)
        if accepted:
            apply_event("accept", {**arguments, "endpoint": endpoint}, account.conditions)


def _left(account: Account) -> Iterator[str]:
    """After a teardown of both; a cluster that the other one uses is left for the second time."""
    for final in (False, True):
        for connection in CONNECTIONS:
            given = {"connection": connection, "deleteCluster": True, "finalSnapshot": False, "force": True}
            report = account.run("teardown", given)
            if report.status != "SUCCEEDED" and report.error not in ("NothingFound", None if final else "ClusterInUse"):
                yield f"the last teardown of {connection} ended {report.status} {report.error}: {report.cause}"
    owned, changes = account.snapshot.owned(), account.snapshot.foreign_changes()
    if owned or changes:
        yield f"left {owned}, changed {changes}"
