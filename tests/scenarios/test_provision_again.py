"""After a run that was stopped in any state, the next one removes what that made and ends as if there had been none.

It is stopped after what a state does, and some of the states are drawn. `make soak` tries all of them, and stops before
each state too, and while its function, or the run that it nests, is at work, which goes on to its end.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.faults import Fault
from sandbox.runs import ScenarioError, StopAt
from tests.draws import SOAKING, drawn
from tests.scenarios.disturbances import Cell, Outcome, denied, disturb, undisturbed
from tests.scenarios.ending import check_connected
from tests.scenarios.playing import FOLDER, SUCCEEDED, summary

DEFINITION = FOLDER.parent.parent / "statemachine" / "provision.asl.json"
REFUSED: Final = denied("ec2:ModifyVpcEndpointServicePermissions")
UNFORESEEN: Final = Fault(operation="elasticache:CreateReplicationGroup", error="InsufficientCacheClusterCapacity")
"""What makes a run foresee no node: ElastiCache refuses the zones."""
UNREADABLE: Final = Fault(operation="elasticache:DescribeReplicationGroups", error="AccessDenied", skip=2)
"""What makes Check cluster fail: it is the third step that reads the cluster."""
NO_MORE_SERVICES: Final = Fault(operation="ec2:CreateVpcEndpointServiceConfiguration", error="VpcEndpointLimitExceeded")
"""Not a denial: a dry run would show that before the run made anything."""
UNDISTURBED: Final = Cell()
WAYS: Final = {
    "Cluster not connected": Cell(faults=(UNREADABLE,)),
    "Judge target health": Cell(slow={"registration": 500}),
    "No access role": Cell(faults=(denied("iam:CreateRole"),)),
    "Load balancer not prepared": Cell(faults=(denied("elbv2:CreateLoadBalancer"),)),
    "Node not exposed": Cell(faults=(denied("elbv2:RegisterTargets"),)),
    "Node not offered": Cell(faults=(REFUSED,)),
    "Node not prepared": Cell(faults=(denied("elbv2:CreateTargetGroup"),)),
    "Service not ensured": Cell(faults=(NO_MORE_SERVICES,)),
    "Explain failure": Cell(faults=(REFUSED,)),
    "Provisioning failed": Cell(faults=(REFUSED,), keep=True),
    "Ensure target group": Cell(faults=(UNFORESEEN,)),
    "Ensure load balancer": Cell(faults=(UNFORESEEN,)),
    "Ensure listener": Cell(faults=(UNFORESEEN,)),
    "Retire lost targets": Cell(moved=True),
    "Retire targets": Cell(moved=True, faults=(denied("ec2:DescribeVpcEndpointConnections"),)),
    "Withdraw surplus": Cell(other=True),
    "Roll back?": Cell(faults=(REFUSED,)),
    "Roll back": Cell(faults=(REFUSED,)),
    "Finish dead run": Cell(died=True),
    "Finished?": Cell(died=True),
}
"""What leads to the states that a run to which nothing happens does not enter. Any of them is tried for a new state."""


OF_OTHERS: Final = ("Overtaken", "Plan", "Planned", "Planned?")
"""States of a repair that makes nothing, and of plans."""


def stops() -> Iterator[StopAt]:
    """After what each state does; before one that does nothing."""
    machine = json.loads(DEFINITION.read_text())
    for name, state in all_states(machine):
        if name in OF_OTHERS:
            continue
        does = state["Type"] in ("Task", "Map", "Parallel")
        if does:
            yield StopAt(state=name, when="after")
        if not does or SOAKING:
            yield StopAt(state=name, when="before")
        if state["Type"] == "Task" and SOAKING:
            yield StopAt(state=name, when="during")


def all_states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        for inner in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]:
            yield from all_states(inner)


def stopped_and_run_again(stop: StopAt) -> Outcome:
    for way in [WAYS.get(stop.state, UNDISTURBED), *WAYS.values()]:
        try:
            return disturb(replace(way, stop_at=stop, again=True))
        except ScenarioError:
            continue
    raise AssertionError(f"no way leads to {stop.state!r}: add one to WAYS")


@pytest.mark.parametrize(
    "stop", drawn(list(stops()), "stops before another run"), ids=lambda stop: f"{stop.when} {stop.state}"
)
def test_a_run_after_one_that_was_stopped_makes_what_an_undisturbed_one_makes(stop: StopAt) -> None:
    outcome = stopped_and_run_again(stop)
    stopped, second = outcome.runs
    assert stopped.status == "ABORTED"
    assert summary(second) == SUCCEEDED
    check_connected(outcome.ending, second.output)
    assert outcome.ending.shape == undisturbed().ending.shape, "nothing double, nothing missing"
    assert outcome.ending.foreign_changes == []
