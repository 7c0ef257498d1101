"""Sweeps of fleets, each measured: one in which nothing has changed, and one in which every node's address has.

What a sweep starts (repairs, and another sweep where repairs are left over) is stopped as it begins: it is no part of
what is measured, and would take hours of virtual time.
"""

import io
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from bench.fleet import Fleet, node_ids
from bench.provisioned import SUBNETS, Mode, Provisioned, cluster_spec, provisioned
from bench.runs import PROCESSES
from bench.seeding import Seeding
from bench.workflow import BenchmarkError, Measured, measured_run
from sandbox.account import Account
from sandbox.conditions import READS, Throttle
from sandbox.gateway import Call
from sandbox.stepfunctions.interpreter import Moment

FIRST: Final = Fleet(1, len(SUBNETS))
SIZES: Final = ((1, 3), (50, 3), (1_000, 3), (10, 150))
"""Connections, and nodes of each."""
MINUTES: Final = 15
"""Between two sweeps."""
A_MONTH: Final = 30 * 24 * 60 // MINUTES
"""Sweeps in 30 days."""
SWEEP: Final = "#sweep"
"""The key of the registry's item of the sweeps."""
BY_NODE: Final = "elbv2:DescribeTargetHealth"
"""The request that a sweep makes once for each node that it looks at closely."""


@dataclass(frozen=True)
class Swept:
    """A sweep of a fleet. `seconds` of `measured` are without the wait for repairs, which are not the sweep's."""

    fleet: Fleet
    measured: Measured
    calls: Mapping[str, int]
    invocations: int
    others: tuple[str, ...]
    """Requests that change something else than the sweep's own item."""
    drifted: int
    """Connections that were found to differ."""
    started: int
    """Repairs."""

    def requests(self, service: str) -> int:
        return sum(count for name, count in self.calls.items() if name.startswith(f"{service}:"))

    def share(self, service: str) -> float:
        """Of the requests to describe that the account may make of the service until the next sweep, in per cent.

        AWS counts them together for Elastic Load Balancing, and for each action by itself for EC2 (elb-api-throttling,
        ec2-api-throttling): there it is the share that all would have of one action's.
        """
        rate: float = getattr(Throttle(), service).describe.rate
        asked = [count for name, count in self.calls.items() if name.startswith(f"{service}:") and reads(name)]
        return 100 * sum(asked) / (rate * MINUTES * 60)

    @property
    def looked_at(self) -> int:
        """Nodes that were looked at closely."""
        return self.calls.get(BY_NODE, 0)

    @property
    def writes(self) -> int:
        return sum(count for name, count in self.calls.items() if not reads(name))


def reads(operation: str) -> bool:
    """Whether an operation, as ``service:Operation``, only reads."""
    return operation.partition(":")[2].startswith(READS)


def fleets() -> list[Fleet]:
    """All that are measured, the largest first."""
    found = [Fleet(connections, nodes, moved) for connections, nodes in SIZES for moved in (False, True)]
    return sorted(found, key=lambda each: -each.connections * each.nodes)


def all_swept() -> list[Swept]:
    """Every fleet's sweep, in the order of the sizes, the quiet ones first."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        found = {each.fleet: each for each in pool.map(swept, fleets())}
    return [found[Fleet(*size, moved)] for moved in (False, True) for size in SIZES]


def swept(fleet: Fleet) -> Swept:
    """Lays a fleet and sweeps it once. Raises BenchmarkError if the sweep does not find what there is to be found."""
    seeding, watch = Seeding(fleet, _original(fleet.mode)), _Watch()
    with Account(seeding.world(), 0, logs=io.StringIO()) as account:
        seeding.register(account)
        account.gateway.listeners.append(watch.called)
        account.interpreter.watchers.append(lambda execution: watch.changed(account, execution))
        measured, report = measured_run(account, "reconcile", {}, [watch.passed])
    found = report.output
    drifted = len(found["drifted"]) + found["leftOver"]
    if drifted != fleet.connections * fleet.moved or found["connections"] != fleet.connections:
        raise BenchmarkError(f"{fleet}: the sweep found {drifted} of {found['connections']} connections to differ")
    return Swept(
        fleet=fleet,
        measured=Measured(**{**vars(measured), "seconds": measured.seconds - watch.waited}),
        calls=report.api_calls,
        invocations=report.lambda_invocations,
        others=tuple(watch.others),
        drifted=drifted,
        started=len(found["repairs"]["started"]),
    )


@cache
def _original(mode: Mode) -> Provisioned:
    """Once in each process."""
    nodes = len(SUBNETS)
    cluster = FIRST.names(0).cluster
    addresses = dict(zip(node_ids(cluster, mode, nodes), FIRST.addresses(0).values(), strict=True))
    return provisioned(cluster_spec(cluster, mode, addresses), FIRST.names(0).request)


@dataclass
class _Watch:
    """What goes on during a sweep."""

    others: list[str] = field(default_factory=list)
    waited: float = 0.0
    _seen: Counter[str] = field(default_factory=Counter)
    _sweep: str | None = None

    def called(self, call: Call) -> None:
        item: Any = call.parameters.get("Item", {})
        name = f"{call.service}:{call.operation}"
        if not reads(name) and item.get("connection") != {"S": SWEEP}:
            self.others.append(name)

    def passed(self, moment: Moment) -> None:
        if moment.kind == "waiting":
            self.waited += moment.seconds

    def changed(self, account: Account, execution: Any) -> None:
        """Stops all executions but the first as they begin."""
        arn = execution.exec_arn
        self._seen[arn] += 1
        self._sweep = self._sweep or arn
        if arn != self._sweep and self._seen[arn] == 1:
            account.interpreter.end(execution)
