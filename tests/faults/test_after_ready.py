"""From the moment at which a connection is recorded as READY, nothing that happens to its run costs a path.

The run has much to withdraw: the path of a node that left, a role, a policy's statements, rules, a principal; or all of
another cluster, to which somebody is connected. It meets a fault, or is stopped. What it could not withdraw it names,
or the next run withdraws it. Faults and stops are drawn. Where there is much to withdraw, `make soak` has each call go
wrong in each way, and stops each state; where a cluster is left, each call goes wrong, and each state is stopped once.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest

from sandbox.account import TEMPLATE, Account
from sandbox.deployment.template import Template
from sandbox.faults import Fault
from sandbox.gateway import Call
from sandbox.runs import RunReport, StopAt
from sandbox.stepfunctions.definitions import scopes
from sandbox.stepfunctions.interpreter import Moment
from tests.draws import Sides, drawn
from tests.faults.cells import COLUMNS, DENIED, TIMEOUTS
from tests.faults.drifts import CONNECTION, DRIFTS, VERVERICA, connections, drifted, happen, has, paths, right
from tests.faults.grounds import Json
from tests.faults.observation import serving
from tests.registry import item
from tests.scenarios.playing import READING

RECORDED: Final = "Record connection"
RECORDING: Final = ("dynamodb:", "record_connection")
"""What faults of the record itself are of."""
LOOKS: Final = 6
"""More than a withdrawal has of one kind."""
MACHINES: Final = ("provision", "teardown")
MUCH: Final = "everything"
NAMES: Final = drawn((MUCH, "another cluster, in use", "another cluster, ours"), "drifts after READY")
EACH_WAY: Final[Sides[Fault]] = (lambda fault: (fault.key, fault.error, fault.applied, fault.times, fault.skip // 2),)
"""Each call goes wrong in each way, at first or at second; a look also later."""
EACH_CALL: Final[Sides[Fault]] = (
    lambda fault: fault.key,
    lambda fault: (fault.error, fault.applied, fault.times, fault.skip),
)
"""Each call goes wrong, and each way is tried."""


@dataclass(frozen=True)
class Seen:
    """What an undisturbed run does from Record connection on: its states, each with its visit, functions and calls."""

    states: dict[str, int]
    functions: tuple[str, ...]
    operations: tuple[str, ...]


@cache
def seen(name: str) -> Seen:
    return drifted(DRIFTS[name].first).ask(_seen, name)


def _seen(account: Account, name: str) -> Seen:
    """Asked in a fork."""
    states, before, operations, visits = dict[str, int](), Counter[str](), dict[str, None](), Counter[str]()

    def watch(moment: Moment) -> None:
        if moment.kind == "entered":
            visits[moment.state] += 1
            if moment.state == RECORDED:
                before.update(account.functions.invocations)
            if states or moment.state == RECORDED:
                states.setdefault(moment.state, visits[moment.state])

    def listen(call: Call) -> None:
        if states:
            operations[f"{call.service}:{call.operation}"] = None

    account.gateway.listeners.append(listen)
    happen(account, DRIFTS[name].happens)
    account.run("provision", DRIFTS[name].request, listeners=[watch])
    steps = {function.name: function.step for function in account.template.functions.values()}
    called = account.functions.invocations - before
    return Seen(states, tuple(steps[each] for each in called), tuple(operations))


@cache
def tasks() -> set[str]:
    """The states of the two definitions that call something."""
    definitions = [json.loads(Template(TEMPLATE, "us-east-1").machines[each].definition) for each in MACHINES]
    every = [state for each in definitions for scope in scopes(each) for state in scope["States"].items()]
    return {name for name, state in every if state["Type"] == "Task"}


def faults(name: str) -> list[Fault]:
    """Each function times out; each call is refused, broken or lost, at first and at second; each look is refused once,
    while things are being removed before it and after it.
    """
    return [
        *(
            Fault(function=function, error="Timeout", times=times, applied=applied)
            for function in seen(name).functions
            for _, times, applied in TIMEOUTS
        ),
        *(
            column.fault(operation).model_copy(update={"skip": skip, "optional": skip > 0})
            for operation in seen(name).operations
            for column in COLUMNS
            for skip in (0, 1)
        ),
        *(
            DENIED.fault(operation).model_copy(update={"skip": skip, "times": 1, "optional": True})
            for operation in seen(name).operations
            if operation.partition(":")[2].startswith(READING)
            for skip in range(LOOKS)
        ),
    ]


def stops(name: str) -> list[StopAt]:
    return [
        StopAt.model_validate({"state": state, "visit": visit, "when": when})
        for state, visit in seen(name).states.items()
        for when in (("before", "during", "after") if state in tasks() else ("before",))
    ]


def disturbed(account: Account, name: str, fault: Fault | None, stop: StopAt | None) -> list[str]:
    """Asked in a fork. What is wrong with a run that meets the fault from Record connection on, or is stopped."""

    def arm(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == RECORDED and fault is not None:
            account.gateway.arm([fault])

    happen(account, DRIFTS[name].happens)
    used, before, record = connections(), serving(account, CONNECTION), recorded()
    report = account.run("provision", DRIFTS[name].request, listeners=[arm], stop_at=stop)
    if report.status == "FAILED" and fault is not None and fault.key.startswith(RECORDING):
        wrong = list(_unrecorded(account, before, record))
    else:
        wrong = list(_wrong(account, name, report, stop))
    return [*wrong, *_in_the_end(account, name, used)]


def recorded() -> list[Any]:
    """What the registry says of the connection."""
    return [item(CONNECTION).get(each) for each in ("status", "request", "handoff", "findings")]


def _unrecorded(account: Account, before: set[str], record: list[Any]) -> Iterator[str]:
    """The record itself failed: all that was offered before is offered, and recorded, still."""
    if not before <= serving(account, CONNECTION):
        yield f"leads to {serving(account, CONNECTION)}, and led to {before}"
    if recorded() != record:
        yield f"is recorded as {recorded()}, and was as {record}"


def _wrong(account: Account, name: str, report: RunReport, stop: StopAt | None) -> Iterator[str]:
    """The connection is READY, and what is left is named, or left to the next run."""
    end, expected = has(account), asked_for(name)
    if report.status != ("SUCCEEDED" if stop is None else "ABORTED"):
        yield f"ended {report.status} {report.error}: {report.cause}"
    offered = {str(path) for path in paths(account) if VERVERICA in (path.principals or ())}
    if not {*expected["nodes"]} <= offered or len(serving(account, CONNECTION)) < len(expected["nodes"]):
        yield f"offers {offered}, and leads to {serving(account, CONNECTION)}"
    if item(CONNECTION)["status"] != "READY" and (stop is None or stop.state != RECORDED):
        yield f"is {item(CONNECTION)['status']}"
    codes = [each["code"] for each in report.output["findings"]] if report.status == "SUCCEEDED" else []
    if report.status == "SUCCEEDED" and end != expected and "SURPLUS_LEFT" not in codes:
        yield f"has {end}, and says {codes}"


def _in_the_end(account: Account, name: str, used: dict[str, dict[str, str]]) -> Iterator[str]:
    """What is wrong after another run."""
    after = connections()
    report = account.run("provision", DRIFTS[name].request)
    if (report.status, has(account)) != ("SUCCEEDED", asked_for(name)):
        yield f"the next run ended {report.error}: {report.cause}; it has {has(account)}"
    if not used == after == connections():
        yield f"were connected {used}, are {after}, and in the end {connections()}"
    if account.snapshot.foreign_changes():
        yield f"changed what is not ours: {account.snapshot.foreign_changes()}"


def asked_for(name: str) -> Json:
    """What the account has in the end."""
    return {key: value for key, value in right(DRIFTS[name]).items() if key not in ("codes", "changes", "foreign")}


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_costs_no_path_and_what_it_leaves_is_named(name: str) -> None:
    sides = EACH_WAY if name == MUCH else EACH_CALL
    chosen = drawn(faults(name), f"faults after READY {name}", 900, sides, times=1)
    tried = {fault: drifted(DRIFTS[name].first).ask(disturbed, name, fault, None) for fault in chosen}
    assert {str(fault): wrong for fault, wrong in tried.items() if wrong} == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_stop_costs_no_path_and_the_next_run_withdraws_the_rest(name: str) -> None:
    sides: Sides[StopAt] = () if name == MUCH else (lambda stop: stop.state,)
    chosen = drawn(stops(name), f"stops after READY {name}", 150, sides, times=1)
    tried = {str(stop): drifted(DRIFTS[name].first).ask(disturbed, name, None, stop) for stop in chosen}
    assert {stop: wrong for stop, wrong in tried.items() if wrong} == {}
