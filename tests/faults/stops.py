"""Stopping anywhere: every state of a machine, before it and, where it has a function, after that.

An undisturbed run does not enter every state. A road is a run that enters others: by its faults, its world, its input.
It names those for which it is taken: to find them by its run takes as long as dozens of stops.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from sandbox.account import TEMPLATE, Account
from sandbox.deployment.template import Template
from sandbox.faults import Fault
from sandbox.runs import StopAt
from sandbox.stepfunctions.definitions import scopes
from tests.draws import SOAKING, Sides
from tests.faults.cells import ASKING, DENIED, UNASKED
from tests.faults.grounds import Json, given, ground, removal
from tests.faults.observation import FOR_EVER, LATE, observe
from tests.registry import is_held, is_registered, item

CLUSTER_KINDS = frozenset({"replicationGroup", "cacheSubnetGroup", "securityGroup"})


@dataclass(frozen=True)
class Road:
    """A run that enters states which others do not."""

    machine: str
    ground: str
    mode: str = "create"
    faults: tuple[Fault, ...] = ()
    given: Json = field(default_factory=dict, hash=False)
    to: tuple[str, ...] = ()
    """The states for which it is taken; the first road of its machine is taken to all that no other one names."""
    modes: tuple[str, ...] = ("create", "adopt")
    """Those in which it leads there."""

    @property
    def connection(self) -> str:
        return str(removal(self.mode)["connection"])

    @property
    def input(self) -> Json:
        return {**given(self.machine, self.mode), **self.given}


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
NESTED = {"claim": "somebody", "createdBy": ["somebody"], "notBefore": "2020-01-01T00:00:00Z", "force": True}
"""What a rollback says beside the rest, so that a teardown waits for functions, and needs no claim."""
UNSTOPPED = DENIED.fault("ec2:DescribeVpcEndpointServicePermissions").model_copy(update={"skip": 1})
"""A service is seen to be offered, and can neither be stopped from that nor be offered again."""
LATE_ROAD = Road(
    "provision",
    "blank",
    faults=(_denied(LATE.key),),
    to=("Explain failure", "Node not offered", "Provisioning failed", "Roll back", "Roll back?"),
)
"""It fails when it has made everything, and rolls back."""
ROADS = {
    "provision": (
        Road("provision", "blank"),
        LATE_ROAD,
        Road("provision", "blank", faults=(_denied("elbv2:CreateLoadBalancer"),), to=("Load balancer not prepared",)),
        Road("provision", "blank", faults=(_denied("elbv2:CreateTargetGroup"),), to=("Node not prepared",)),
        Road("provision", "blank", faults=(_denied("iam:PutRolePolicy"),), to=("No access role",)),
        Road("provision", "blank", faults=(NO_MORE_SERVICES,), to=("Service not ensured",)),
        Road("provision", "blank", faults=(_denied("elbv2:RegisterTargets"),), to=("Node not exposed",)),
        *(
            Road(
                "provision",
                "blank",
                faults=faults,
                to=("Ensure listener", "Ensure load balancer", "Ensure target group"),
                modes=(mode,),
            )
            for mode, faults in UNFORESEEN.items()
        ),
        Road("provision", "blank", faults=(UNCHECKED,), to=("Cluster not connected",)),
        Road("provision", "available too late", to=("Wait for cluster",)),
        Road("provision", "never healthy", to=("Judge target health",)),
        Road("provision", "moved", faults=(_denied("ec2:DescribeVpcEndpointConnections"),), to=("Retire targets",)),
        Road("provision", "surplus", to=("Withdraw surplus",)),
        Road("provision", "moved", given={"repair": {"revision": 99}}, to=("Overtaken",)),
        Road("provision", "moved", given={"plan": True}, to=("Plan", "Planned", "Planned?")),
        Road("provision", "died", to=("Finish dead run", "Finished?")),
    ),
    "teardown": (
        Road("teardown", "provisioned"),
        Road(
            "teardown",
            "provisioned",
            faults=(_denied("elbv2:DeleteLoadBalancer"),),
            to=("Not removed", "Teardown failed"),
        ),
        Road(
            "teardown",
            "provisioned",
            faults=(UNASKED.model_copy(update={"optional": True}),),
            to=("Claimed?", "Explain refusal"),
        ),
        Road(
            "teardown",
            "provisioned",
            faults=(UNSTOPPED.model_copy(update={"optional": True}),),
            to=(
                "All offered?",
                "Not offered again",
                "Not stopped",
                "Offer again",
                "Offer to all again",
                "Offered before?",
            ),
        ),
        Road(
            "teardown",
            "provisioned",
            faults=(_denied("dynamodb:PutItem"),),
            given=NESTED,
            to=("Claim needed?", "Wait for functions"),
        ),
        Road("teardown", "died", to=("Finish dead run",)),
    ),
    "recover": (
        Road("recover", "died"),
        Road("recover", "died", faults=(_denied("elbv2:DeleteLoadBalancer"),), to=("Not recovered",)),
        Road("recover", "died", faults=(_denied("dynamodb:GetItem"),), to=("Explain failure",)),
        Road("recover", "died", faults=(_denied(ASKING).model_copy(update={"times": 3}),), to=("Wait for its work",)),
        Road("recover", "blank", to=("Nothing to recover",)),
        *([Road("recover", "died", faults=(_denied(ASKING),), to=("Still at work",))] if SOAKING else []),
    ),
}
UNKNOWN = frozenset({"Unknown kind"})
"""Entered only where the layer and the definition are of different versions."""
STAYING = frozenset({"Delete replication group", "Delete role", "Delete security group", "Delete subnet group"})
"""Entered only for what a run created: where a cluster is adopted, it and the role were there before."""
WITHDRAWING = frozenset(
    {
        "Check its connections",
        "End offer",
        "Narrow access",
        "Remove path tags",
        "Remove tags",
        "Still connected",
        "Withdraw principals",
    }
)
"""Entered only by a run that withdraws what is not asked for any more, which another one starts."""
WAITED = frozenset[str]() if SOAKING else frozenset({"Still at work"})
"""Entered after four hours of looks at a run that cannot be asked after."""
ROADLESS = {
    ("provision", "create"): frozenset[str](),
    ("provision", "adopt"): frozenset[str](),
    ("teardown", "create"): UNKNOWN | WITHDRAWING,
    ("teardown", "adopt"): UNKNOWN | STAYING | WITHDRAWING,
    ("recover", "create"): WAITED,
    ("recover", "adopt"): WAITED,
}
"""The states to which no road leads."""


@cache
def states(machine: str) -> dict[str, str]:
    """The type of each state of a definition."""
    definition = json.loads(Template(TEMPLATE, "us-east-1").machines[machine].definition)
    return {name: state["Type"] for scope in scopes(definition) for name, state in scope["States"].items()}


def roads(machine: str, mode: str) -> list[Road]:
    return [replace(each, mode=mode) for each in ROADS[machine] if mode in each.modes]


@cache
def ways(machine: str, mode: str = "create", most: int | None = None) -> dict[str, Road]:
    """The road to each state to which one leads, or one of the first so many."""
    first, *others = roads(machine, mode)[:most]
    named = {state for road in ROADS[machine] for state in road.to}
    found = {state: first for state in states(machine).keys() - named - ROADLESS[machine, mode]}
    return found | {state: road for road in others for state in road.to}


def misled(road: Road) -> set[str]:
    """The states for which a road is taken and which its run does not enter, or which it enters and no road is to."""
    entered = ground(road.ground, road.mode).ask(observe, road.machine, road.input, road.faults).states.keys()
    missed = {state for state, way in ways(road.machine, road.mode).items() if way == road} - entered
    return missed | (entered & ROADLESS[road.machine, road.mode])


def moments(machine: str) -> list[tuple[str, str]]:
    """Before each state; and during and after those that have a function, or nest a run, which goes on."""
    return [
        (state, when)
        for state, kind in sorted(states(machine).items())
        for when in (("before", "during", "after") if kind == "Task" else ("before",))
    ]


def stops(machine: str, mode: str, first: int | None = None) -> list[tuple[Road, StopAt]]:
    """Each stop on a road to it, if any road goes there, or one of the first so many."""
    roads = ways(machine, mode, first)
    return [
        (roads[state], StopAt.model_validate({"state": state, "when": when}))
        for state, when in moments(machine)
        if state in roads
    ]


def each_state(mode: str) -> Sides[tuple[Road, StopAt]]:
    """Where a cluster is adopted, one stop in each state is enough: where one is made, each state has them all."""
    return () if mode == "create" else (lambda each: (each[1].state, each[1].visit),)


def stopped(account: Account, road: Road, stop: StopAt) -> list[str]:
    """Asked in a fork: the run is stopped, then torn down. What is wrong with that.

    Some are torn down twice: first the cluster is to be kept. That of the run that died goes all the same. Where
    somebody is connected, it takes force.
    """
    force, in_two = road.ground == "surplus", list[Json]()
    report = account.run(road.machine, road.input, faults=road.faults, stop_at=stop)
    in_two = (
        [removal(road.mode, deleteCluster=False, force=force)]
        if road.machine == "provision" and stop.when == "after"
        else []
    )
    ended = [] if report.status == "ABORTED" else [f"ended {report.status}"]
    return [*ended, *removed(account, [*in_two, removal(road.mode, force=force)])]


def removed(account: Account, inputs: Sequence[Json]) -> Iterator[str]:
    """What is wrong with these teardowns, of which only those may leave the cluster that were told to."""
    for asked in inputs:
        yield from _torn_down(account, asked, frozenset() if asked["deleteCluster"] else CLUSTER_KINDS)
    changes = account.snapshot.foreign_changes()
    if changes:
        yield f"changed what is not ours: {changes}"


def _torn_down(account: Account, asked: Json, staying: frozenset[str]) -> Iterator[str]:
    """What is neither there nor registered is not found."""
    is_there = account.snapshot.owned() or is_registered(asked["connection"])
    report, owned = account.run("teardown", asked), account.snapshot.owned()
    if (report.status, report.error) != (("SUCCEEDED", None) if is_there else ("FAILED", "NothingFound")):
        yield f"the teardown {asked} ended {report.status} {report.error}: {report.cause}"
    if not owned.keys() <= staying:
        yield f"after the teardown {asked} there is still {owned}"
    if is_held(asked["connection"]):
        yield f"after the teardown {asked} the connection is held: {item(asked['connection'])}"


def tried(road: Road, stop: StopAt) -> list[str]:
    return ground(road.ground, road.mode).ask(stopped, road, stop)
