"""What happens while a sweep looks, or while a repair that it has started begins or works.

Something else begins, or ends, at each moment at which the sweep or the repair awaits something: in the middle of each
state and of each call. What happens is drawn, and when; `make soak` tries all of it at each moment, but changes the
cluster at one in each second.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.runs import RunReport, Start, current
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import apply_event
from tests.draws import SOAKING, drawn
from tests.exactness.view import view
from tests.faults.drifts import CONNECTION, Change, event
from tests.faults.grounds import Json
from tests.faults.sweeping import Watch, idle, names, registered, repairs, right, sweep
from tests.faults.test_drift_found import ONE, TAGGED, TWO, ground

SHARD: Final = "shards-0001-001"
AGAIN, LIMIT = 300, 900
"""Seconds after which a second sweep is asked for, and after which a run does not wait for a node any more."""
HOURS: Final = 4 * 3600
LATE: Final = 200
"""Seconds in which any run ends that is asked for."""
BETWEEN: Final = {"Anything to repair?": 8, "Start repairs": 8, "Read request": 15, "Claim connection": 15}
"""States between look and repair, of the sweep and of the repair; and seconds after which Step Functions is late there,
as the look is over, or the repair has been started.
"""
CLAIMED: Final = "Finish first?"
"""The state of a repair that follows its claim."""
BEFORE: Final[Mapping[str, Change]] = {"quiet": lambda _: None, "repairing": event("change-ip", node=TWO)}
"""What a sweep has to repair."""
Wrong = dict[Any, list[str]]
"""What is wrong, by what was tried."""


def heard(account: Account, before: str) -> list[tuple[float, str]]:
    """Asked in a fork: what a sweep and its repair enter and call, each with the seconds since the sweep began."""
    BEFORE[before](account)
    began, found = account.clock.now(), list[tuple[float, str]]()

    def hear(what: str, at: float) -> None:
        found.append((at - began, what))

    def entered(moment: Moment) -> None:
        if moment.kind == "entered":
            hear(moment.state, moment.at)

    def begun(_: object) -> None:
        run = current.get()
        if run is not None and entered not in run.listeners:
            run.listeners = (*run.listeners, entered)

    account.interpreter.watchers.append(begun)
    account.gateway.listeners.append(lambda call: hear(call.operation, call.at))
    sweep(account)
    return found


@cache
def undisturbed(before: str) -> list[tuple[float, str]]:
    return ground().ask(heard, before)


def awaits(before: str, until: str | None = None) -> list[float]:
    """The middles between the moments, until a state is entered."""
    found = undisturbed(before)
    last = min((at for at, what in found if what == until), default=found[-1][0])
    return [
        round((earlier + later) / 2, 4)
        for earlier, later in pairwise(sorted({at for at, _ in found} | {0.0}))
        if later <= last
    ]


def later(account: Account, seconds: float, change: Change) -> None:
    """Lets something happen while the next run goes on."""

    def happens() -> None:
        account.clock.sleep(seconds)
        change(account)

    account.clock.start(happens)


# ------------------------------------------------------------------ another sweep is asked for


def asked_meanwhile(account: Account, before: str, gap: float) -> list[str]:
    """Asked in a fork: a node comes back at another address, and somebody starts another sweep. No schedule is on."""
    BEFORE[before](account)

    def happens(moment: Moment) -> None:
        if (moment.kind, moment.state) == ("entered", "Claim sweep"):
            with account.snapshot.expecting():
                apply_event("change-ip", {"node": ONE}, account.conditions)

    starts = [Start("reconcile", {}), Start("reconcile", {}, listeners=[happens])]
    ends = [each.status for each in account.together(starts, [0, gap])]
    return [*right(account), *([] if ends == ["SUCCEEDED"] * 2 else ends)]


def another_sweep() -> Wrong:
    every = [(before, gap) for before in (BEFORE if SOAKING else ["repairing"]) for gap in awaits(before)]
    chosen = drawn(every, "another sweep", 400)
    return {each: wrong for each in chosen if (wrong := ground().ask(asked_meanwhile, *each))}


# ------------------------------------------------------------------ something else is asked for

SCOPED: Final[Json] = {**TAGGED, "accessPolicy": "scoped"}
OTHERS: Final = {"changed": Start("provision", SCOPED), "torn down": Start("teardown", {"connection": CONNECTION})}


def asked_otherwise(account: Account, other: str, gap: float, late: str | None = None) -> list[str]:
    """Asked in a fork: what is wrong after a run that starts so many seconds after the sweep. Step Functions may be
    late to enter a state of the sweep, or of the repair, which it does when the run has ended.
    """
    BEFORE["repairing"](account)
    delay(account, late)
    swept, run = account.together([Start("reconcile", {}), OTHERS[other]], [0, gap])
    wrong = [*_wrong_repairs(swept), *_wrong_run(run)]
    if run.status != "SUCCEEDED":
        (again,) = account.together([OTHERS[other]])
        wrong += [] if again.status == "SUCCEEDED" else [f"asked for again it ended {again.error}: {again.cause}"]
    return [*wrong, *_wrong_end(account, other)]


def _wrong_repairs(swept: RunReport) -> Iterator[str]:
    for each in repairs(swept):
        if each.status != "SUCCEEDED" or each.output["status"] not in ("OVERTAKEN", "READY"):
            yield f"{each.name} ended {each.status} {each.error} ({each.cause}): {each.output}"


def _wrong_run(run: RunReport) -> Iterator[str]:
    """It comes too late only where a repair works on the connection already, and says so."""
    is_busy = run.error == "ConnectionBusy" and ":repair-" in str(run.cause)
    if run.status != "SUCCEEDED" and not is_busy:
        yield f"it ended {run.status} {run.error}: {run.cause}"


def _wrong_end(account: Account, other: str) -> Iterator[str]:
    item = registered()[CONNECTION]
    if other == "changed" and (item["status"], item["request"]["accessPolicy"]) != ("READY", "scoped"):
        yield f"is recorded as {item['status']}, with {item['request']}"
    left = [each for each in view(account).marked(CONNECTION) if each[0] != "securityGroupRule"]  # the others use these
    if other == "torn down" and (item["status"] != "TORN_DOWN" or left):
        yield f"is {item['status']}, and has {left}"
    yield from right(account, *([CONNECTION] if other == "torn down" else []))


def delay(account: Account, state: str | None) -> None:
    def entered(moment: Moment) -> None:
        if (moment.kind, moment.state) == ("entered", state):
            account.clock.sleep(LATE)

    def begun(execution: Any) -> None:
        run = current.get()
        if run is not None and execution.name.startswith(("reconcile-", "repair-")) and entered not in run.listeners:
            run.listeners = (*run.listeners, entered)

    account.interpreter.watchers.append(begun)


def another_request() -> Wrong:
    begins = [(other, gap, None) for other in OTHERS for gap in awaits("repairing", CLAIMED)]
    ends = [(other, gap, state) for other in OTHERS for state, gap in BETWEEN.items()]
    both = [*drawn(begins, "asked otherwise", 400), *drawn(ends, "asked otherwise, late", 100)]
    chosen = drawn(both, "asked otherwise, or late", 2)
    return {each: wrong for each in chosen if (wrong := ground().ask(asked_otherwise, *each))}


# ------------------------------------------------------------------ the cluster is changed, or goes


def scaled_meanwhile(account: Account, gap: float) -> list[str]:
    """Asked in a fork: all nodes get other addresses while a sweep or its repair works, and it is swept once more."""
    BEFORE["repairing"](account)
    later(account, gap, _scaled)
    with Watch(account) as watch:
        sweep(account)
        account.clock.sleep(HOURS)
        sweep(account)
    return [*watch.wrong, *right(account)]


def _scaled(account: Account) -> None:
    with account.snapshot.expecting():
        apply_event("scale", {"cluster": "orders"}, account.conditions)


def gone_meanwhile(account: Account, gap: float) -> list[str]:
    """Asked in a fork: somebody deletes the cluster while a sweep or its repair works."""
    BEFORE["repairing"](account)
    former = names(CONNECTION)
    later(account, gap, _deleted)
    sweep(account)
    account.clock.sleep(HOURS)
    wrong = [*idle(sweep(account), {CONNECTION: ["CLUSTER_GONE"]})]
    item, there = registered()[CONNECTION], view(account).inventory["endpointService"]
    if (item["status"], item.get("holder"), names(CONNECTION)) != ("READY", None, former):
        wrong.append(f"is recorded as {item}")
    if not {each["serviceId"] for each in item["handoff"]["endpoints"]} <= there.keys():
        wrong.append(f"of {item['handoff']['endpoints']} there is {sorted(there)}")
    if account.gateway.calls["elasticache:CreateReplicationGroup"]:
        wrong.append("a cluster was created")
    return wrong


def _deleted(_: Account) -> None:
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")


CHANGED: Final[Mapping[str, Callable[[Account, float], list[str]]]] = {
    "scaled": scaled_meanwhile,
    "gone": gone_meanwhile,
}


def _moment(each: tuple[str, float]) -> tuple[str, float]:
    """What a soak tries once: each moment for a cluster that goes, and each second for one that changes."""
    how, gap = each
    return how, gap if how == "gone" else round(gap)


def another_cluster() -> Wrong:
    every = [(how, gap) for how in CHANGED for gap in awaits("repairing")]
    chosen = drawn(every, "the cluster", 400, [_moment], times=1)
    return {each: wrong for each in chosen if (wrong := ground().ask(CHANGED[each[0]], each[1]))}


MEANWHILE: Final[Mapping[str, Callable[[], Wrong]]] = {
    "a sweep that is asked for is acted on": another_sweep,
    "what is asked for between look and repair wins": another_request,
    "a cluster that changes is right after the next sweep, and one that goes is told": another_cluster,
}


@pytest.mark.parametrize("what", drawn([*MEANWHILE], "meanwhile", 2))
def test_while_a_sweep_or_its_repair_works(what: str) -> None:
    assert MEANWHILE[what]() == {}


# ------------------------------------------------------------------ a repair takes long


def slow(account: Account) -> tuple[list[tuple[str, bool]], list[str]]:
    """Asked in a fork: the first node's repair waits until its limit, as that does not answer at its new address.

    The other connection has drifted as well, and drifts again while that repair waits. Whose repairs two sweeps have
    started, whether each took long, and what is wrong with the other connection before the slow one is over.
    """
    for node, what in ((ONE, "change-ip"), (ONE, "kill-node"), (SHARD, "change-ip")):
        apply_event(what, {"node": node}, account.conditions)
    wrong = list[str]()
    later(account, AGAIN, lambda account: apply_event("change-ip", {"node": SHARD}, account.conditions))
    later(account, LIMIT, lambda account: wrong.extend(each for each in right(account) if each.startswith("shards")))
    reports = account.together([Start("reconcile", {}), Start("reconcile", {})], [0, AGAIN + 1])
    started = [each for report in reports for each in repairs(report)]
    return [(each.name.split("-")[1], each.virtual_seconds > LIMIT) for each in started], wrong


@pytest.mark.skipif(not SOAKING, reason="takes seconds: make soak")
def test_a_repair_that_takes_long_delays_no_other() -> None:
    started, wrong = ground().ask(slow)
    assert started[:3] == [("orders", True), ("shards", False), ("shards", False)]
    assert {name for name, _ in started[3:]} <= {"orders"}
    assert wrong == []
