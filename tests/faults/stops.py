"""Stopping anywhere: every state of a machine, before it and, where it has a function, after that.

An undisturbed run does not enter every state. A road is a run that enters others: by its faults, its world, its input.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sandbox.account import TEMPLATE, Account
from sandbox.deployment.template import Template
from sandbox.faults import Fault
from sandbox.runs import StopAt
from sandbox.stepfunctions.definitions import scopes
from tests.faults.cells import DENIED, UNASKED
from tests.faults.grounds import REQUESTS, Json, ground, removal
from tests.faults.observation import FOR_EVER, LATE, observe

CLUSTER_KINDS = frozenset({"replicationGroup", "cacheSubnetGroup", "securityGroup"})


@dataclass(frozen=True)
class Road:
    """A run that enters states which others do not."""

    machine: str
    ground: str
    mode: str = "create"
    faults: tuple[Fault, ...] = ()
    given: Json = field(default_factory=dict, hash=False)

    @property
    def input(self) -> Json:
        base = REQUESTS[self.mode] if self.machine == "provision" else removal(self.mode)
        return {**base, **self.given}


def _denied(operation: str) -> Fault:
    return DENIED.fault(operation).model_copy(update={"optional": True})


UNFORESEEN = {
    "create": (
        Fault(operation="elasticache:CreateReplicationGroup", error="InsufficientCacheClusterCapacity", optional=True),
    ),
    "adopt": (Fault(operation="ec2:DescribeNetworkInterfaces", error="UnauthorizedOperation", optional=True),),
}
"""What makes a run foresee no node: ElastiCache refuses the zones, or EC2 refuses to describe the nodes' interfaces."""
NO_MORE_SERVICES = Fault(
    operation="ec2:CreateVpcEndpointServiceConfiguration", error="VpcEndpointLimitExceeded", optional=True
)
"""Not a denial: a dry run would show that before the run made anything."""
UNCHECKED = Fault(function="check_cluster", error="Timeout", times=FOR_EVER, optional=True)
ROADS = {
    "provision": (
        Road("provision", "blank"),
        Road("provision", "blank", faults=(_denied(LATE.key),)),
        Road("provision", "blank", faults=(_denied("elbv2:CreateLoadBalancer"),)),
        Road("provision", "blank", faults=(_denied("elbv2:CreateTargetGroup"),)),
        Road("provision", "blank", faults=(_denied("ec2:AuthorizeSecurityGroupIngress"),)),
        Road("provision", "blank", faults=(_denied("iam:PutRolePolicy"),)),
        Road("provision", "blank", faults=(NO_MORE_SERVICES,)),
        Road("provision", "blank", faults=(_denied("elbv2:RegisterTargets"),)),
        Road("provision", "blank", faults=(_denied("elbv2:DeleteLoadBalancer"), _denied(LATE.key))),
        Road("provision", "blank", faults=(_denied(LATE.key),), given={"onFailure": "keep"}),
        Road("provision", "blank", faults=UNFORESEEN["create"]),
        Road("provision", "blank", faults=UNFORESEEN["adopt"]),
        Road("provision", "blank", faults=(UNCHECKED,)),
        Road("provision", "available too late"),
        Road("provision", "never healthy"),
        Road("provision", "moved"),
    ),
    "teardown": (
        Road("teardown", "provisioned"),
        Road("teardown", "provisioned", faults=(_denied("elbv2:DeleteLoadBalancer"),)),
        Road("teardown", "provisioned", faults=(UNASKED.model_copy(update={"optional": True}),)),
    ),
}


@cache
def states(machine: str) -> dict[str, str]:
    """The type of each state of a definition."""
    definition = json.loads(Template(TEMPLATE, "us-east-1").machines[machine].definition)
    return {name: state["Type"] for scope in scopes(definition) for name, state in scope["States"].items()}


@cache
def ways(machine: str, mode: str = "create") -> dict[str, Road]:
    """A road to each state that any road enters."""
    found: dict[str, Road] = {}
    for road in (replace(each, mode=mode) for each in ROADS[machine]):
        if found.keys() >= states(machine).keys():
            break
        entered = ground(road.ground, mode).ask(observe, machine, road.input, road.faults).states
        for state in entered.keys() & states(machine).keys():
            found.setdefault(state, road)
    return found


def stops(machine: str, mode: str) -> list[tuple[Road, StopAt]]:
    """Before each state, and after those that have a function."""
    kinds = states(machine)
    return [
        (road, StopAt.model_validate({"state": state, "when": when}))
        for state, road in sorted(ways(machine, mode).items())
        for when in ("before", "after")
        if when == "before" or kinds[state] == "Task"
    ]


def stopped(account: Account, road: Road, stop: StopAt) -> list[str]:
    """Asked in a fork: the run is stopped, then torn down. What is wrong with that."""
    report = account.run(road.machine, road.input, faults=road.faults, stop_at=stop)
    in_two = road.machine == "provision" and stop.when == "after"
    return [*([] if report.status == "ABORTED" else [f"ended {report.status}"]), *_removed(account, road.mode, in_two)]


def _removed(account: Account, mode: str, in_two: bool) -> Iterator[str]:
    """By one teardown, or by one that keeps the cluster that was made and another one that does not."""
    if in_two:
        staying = CLUSTER_KINDS if mode == "create" else frozenset[str]()
        yield from _torn_down(account, removal(mode, deleteCluster=False), staying)
    yield from _torn_down(account, removal(mode), frozenset())
    changes = account.snapshot.foreign_changes()
    if changes:
        yield f"changed what is not ours: {changes}"


def _torn_down(account: Account, given: dict[str, Any], staying: frozenset[str]) -> Iterator[str]:
    before = account.snapshot.owned()
    report, owned = account.run("teardown", given), account.snapshot.owned()
    if (report.status, report.error) != (("SUCCEEDED", None) if before else ("FAILED", "NothingFound")):
        yield f"the teardown {given} ended {report.status} {report.error}: {report.cause}"
    if not owned.keys() <= staying:
        yield f"after the teardown {given} there is still {owned}"


def tried(road: Road, stop: StopAt) -> list[str]:
    return ground(road.ground, road.mode).ask(stopped, road, stop)
