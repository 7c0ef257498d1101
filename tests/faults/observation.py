"""What a run really does: the operations that it calls, the functions that it invokes, the states that it enters.

The rows of the fault matrix and the stops come from here, so that a new call or state joins them by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.gateway import Call
from sandbox.runs import RunReport
from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.elbv2.health import health
from sandbox.services.elbv2.state import forwards_to, timeline
from sandbox.stepfunctions.interpreter import Moment
from tests.faults.grounds import Json, given, ground

FOR_EVER = 1_000_000
LATE = Fault(operation="ec2:ModifyVpcEndpointServicePermissions", error="UnauthorizedOperation", times=FOR_EVER)
"""Ends a provision when everything has been made."""
ROLL_BACK = "Roll back"


@dataclass(frozen=True)
class Observation:
    report: RunReport
    owned: dict[str, list[str]]
    operations: tuple[str, ...]
    """In the order of their first call."""
    rolling_back: tuple[str, ...]
    """Those that were called after `Roll back` was entered."""
    functions: tuple[str, ...]
    states: dict[str, int]
    """How often each state was entered."""


def observe(account: Account, machine: str, asked: Json, faults: Sequence[Fault]) -> Observation:
    """Asked in a fork."""
    states: dict[str, int] = {}
    operations: dict[str, None] = {}
    rolling_back: dict[str, None] = {}

    def watch(moment: Moment) -> None:
        if moment.kind == "entered":
            states[moment.state] = states.get(moment.state, 0) + 1

    def listen(call: Call) -> None:
        seen = rolling_back if ROLL_BACK in states else operations
        seen[f"{call.service}:{call.operation}"] = None

    account.gateway.listeners.append(listen)
    before = account.functions.invocations.copy()
    report = account.run(machine, asked, faults=faults, listeners=[watch])
    steps = {function.name: function.step for function in account.template.functions.values()}
    functions = tuple(steps[name] for name in account.functions.invocations - before)
    return Observation(report, account.snapshot.owned(), tuple(operations), tuple(rolling_back), functions, states)


GROUND = {"provision": "blank", "rollback": "blank", "teardown": "provisioned", "recover": "died", "finish": "died"}


@cache
def observed(machine: str, mode: str, faults: tuple[Fault, ...] = (), name: str = "") -> Observation:
    """An undisturbed run, or one that meets these faults: provision in an account that has nothing of ours, teardown in
    one that provision was run in, recover in one where a run died, unless another ground is named."""
    found = ground(name or GROUND[machine], mode).ask(observe, machine, given(machine, mode), faults)
    if not faults and found.report.status != "SUCCEEDED":
        raise AssertionError(f"undisturbed, {machine} ended {found.report.error}: {found.report.cause}")
    return found


def serving(account: Account, connection: str) -> set[str]:
    """The nodes that a consumer of a connection reaches: offered, through a listener, a healthy target behind it."""
    region, now = account.world.region, account.clock.now()
    elbv2, tags = backend("elbv2", region), backend("ec2", region).tags
    return {
        f"{member.address}:{member.port}"
        for service in services(region).values()
        if tags[service.id].get("private-connection") == connection
        and service.principals
        and service.state(now) == "Available"
        for arn in service.network_load_balancer_arns
        for listener in elbv2.load_balancers[arn].listeners.values()
        for group in forwards_to(listener)
        for member in timeline(elbv2).targets.get(group, {}).values()
        if health(region, elbv2.target_groups[group], member, now).state == "healthy"
    }
