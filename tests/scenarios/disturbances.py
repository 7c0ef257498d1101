"""Runs of one node that all begin in the same laid world: each is a fork of an account that is held idle.

The world is a quick one, and so is the deployment: nothing is drawn that a run only waits for, and its waits are short.
"""

import functools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport, StopAt
from sandbox.scenarios.forks import Holder
from sandbox.world import World, apply_event
from tests.before_forks import prepare, warmed
from tests.faults.grounds import cache_nodes
from tests.scenarios.ending import Ending, look

QUICK: Final = {"cluster": 290, "loadBalancer": 15, "registration": 10, "endpointService": 1, "clusterDeletion": 120}
SHORT: Final = {"ClusterLimitSeconds": "400", "TargetLimitSeconds": "240"}
CREATE: Final = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}
FOR_EVER: Final = 1_000_000
NOTICED: Final = 15
"""Seconds after which Elastic Load Balancing has noticed that a target answers."""
NEIGHBOUR: Final = {
    "clusters": [{"id": "payments", "subnets": ["subnet-a"], "securityGroups": ["sg-payments"]}],
    "securityGroups": [{"id": "sg-payments", "rules": [{"cidr": "172.31.0.0/16", "port": 6379}]}],
}
DENIED: Final = {"dynamodb": "AccessDeniedException", "ec2": "UnauthorizedOperation"}
THROTTLED: Final = {"dynamodb": "ThrottlingException", "ec2": "RequestLimitExceeded"}


@dataclass(frozen=True)
class Cell:
    """A run that is disturbed; then, with `again`, one that is not, on the same input."""

    faults: tuple[Fault, ...] = ()
    stop_at: StopAt | None = None
    placements: Mapping[str, str] = field(default_factory=dict)
    """Where ElastiCache puts a node, whatever it was told."""
    died: bool = False
    """Whether an earlier run was stopped before it made anything, so that this one has to finish it first."""
    moved: bool = False
    """Whether an earlier run connected the node, which has since come back at another address. At the former one
    another team's cluster answers by now.
    """
    other: bool = False
    """Whether an earlier run connected the node for another workspace, whose role is not asked for any more."""
    slow: Mapping[str, float] = field(default_factory=dict)
    """Seconds by kind that things take during the first run; before the second one, as much time goes by."""
    keep: bool = False
    """Whether the first run keeps what it made when it fails."""
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    runs: list[RunReport]
    ending: Ending
    steps: list[str]
    """The functions that were called, by the names of their folders."""


def denied(operation: str, times: int = 1) -> Fault:
    error = DENIED.get(operation.split(":")[0], "AccessDenied")
    return Fault(operation=operation, error=error, times=times)


def throttled(operation: str, times: int) -> Fault:
    error = THROTTLED.get(operation.split(":")[0], "Throttling")
    return Fault(operation=operation, error=error, times=times)


def disturb(cell: Cell) -> Outcome:
    """What becomes of a cell. Raises ScenarioError for a fault that nothing met, or a stop that nothing reached."""
    return _quick_account().ask(_disturbed, cell)


@functools.cache
def undisturbed() -> Outcome:
    """One run to which nothing happens."""
    return disturb(Cell())


@functools.cache
def _quick_account() -> Holder[Account]:
    return held(World.model_validate({**NEIGHBOUR, "latency": QUICK, "eventDeliveries": 0}), SHORT)


def held(world: World, parameters: Mapping[str, str]) -> Holder[Account]:
    warmed()
    return Holder(functools.partial(_opened, world, parameters))


@contextmanager
def _opened(world: World, parameters: Mapping[str, str]) -> Iterator[Account]:
    with open(os.devnull, "w") as nowhere, Account(world, parameters=parameters, logs=nowhere) as account:
        prepare(account)
        yield account


def _disturbed(account: Account, cell: Cell) -> Outcome:
    conditions, usual = account.conditions, account.conditions.latency
    conditions.placements.update(cell.placements)
    if cell.died:
        account.run("provision", CREATE, stop_at=StopAt(state="Claim connection", when="after"))
    if cell.moved:
        account.run("provision", CREATE)
        former = cache_nodes(account)["redis-demo-001"]
        apply_event("change-ip", {"node": "redis-demo-001"}, conditions)
        apply_event("change-ip", {"node": "payments-001", "ip": former}, conditions)
        account.clock.sleep(NOTICED)
    if cell.other:
        account.run("provision", CREATE | {"workspaceId": "ws-2"})
    conditions.latency = usual.model_copy(update=dict(cell.slow))
    request = CREATE | ({"onFailure": "keep"} if cell.keep else {})
    runs = [account.run("provision", request, faults=cell.faults, stop_at=cell.stop_at)]
    if cell.again:
        conditions.latency = usual
        account.clock.sleep(sum(cell.slow.values()))
        runs.append(account.run("provision", CREATE))
    return Outcome(runs, look(account), _called(account))


def _called(account: Account) -> list[str]:
    functions = account.template.functions.values()
    return sorted(function.step for function in functions if account.functions.invocations[function.name])
