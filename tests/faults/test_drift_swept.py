"""What happens to a connection is right again after one sweep and the repair that it starts, while others stay as they
are, and no call takes the only healthy target of a path away.

Where the connection asks for it, what has happened is reported alone, or not looked at. What happens is drawn; `make
soak` tries all of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Final

import boto3
import pytest

from private_connection.reconcile.due import MENDED_AT_MOST
from private_connection.reconcile.told import RETURNS
from sandbox.account import Account
from sandbox.services import settle
from sandbox.services.common import backend
from sandbox.services.ec2 import interfaces
from sandbox.services.elasticache.state import State
from tests.draws import drawn
from tests.faults.drifts import CONNECTION, STRANGER, Change, admitted, connected, event, happen
from tests.faults.failing import Failing, failing_states
from tests.faults.grounds import cache_nodes, slow_down
from tests.faults.grounds import ground as of_one_node
from tests.faults.observation import ROLL_BACK
from tests.faults.sweeping import FORMER, REGION, Told, Watch, idle, paused, registered, repaired, repairs, right, sweep
from tests.faults.test_drift_found import (
    MENDED,
    ONE,
    QUIET,
    REPORTED,
    THREE,
    TWO,
    balancer_arn,
    ground,
    with_a_strangers_endpoint,
)

SHARD, LATER = "shards-0002-001", 4 * 3600


def in_turn(*changes: Change) -> Change:
    return lambda account: happen(account, changes)


def forwarding_elsewhere(_: Account) -> None:
    """Somebody lets the first node's listener lead to another target group."""
    elbv2 = boto3.client("elbv2")
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer_arn())["Listeners"]
    vpc = backend("elbv2", REGION).load_balancers[balancer_arn()].vpc_id
    other = elbv2.create_target_group(Name="elsewhere", Protocol="TCP", Port=6379, VpcId=vpc, TargetType="ip")
    arn = other["TargetGroups"][0]["TargetGroupArn"]
    elbv2.modify_listener(
        ListenerArn=listener["ListenerArn"], DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}]
    )


def with_cluster_going(account: Account) -> None:
    """Somebody deletes the cluster, which takes longer than all that follows."""
    slow_down(account, clusterDeletion=LATER)
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")


SWEPT: Final[Mapping[str, tuple[Change, Told]]] = {
    **MENDED,
    "another listener": (forwarding_elsewhere, {CONNECTION: [f"LISTENER_GONE {ONE}"]}),
    "a new node of that name": (
        in_turn(
            event("remove-replica", node=TWO),
            event("add-replica", cluster="orders", node=TWO, nodes={TWO: {"subnet": "subnet-b", "ip": "172.31.16.99"}}),
        ),
        {CONNECTION: [f"ADDRESS_CHANGED {TWO}"]},
    ),
    "a replica added, in use": (in_turn(connected(ONE), MENDED["a replica added"][0]), MENDED["a replica added"][1]),
    "a shard added, in use": (in_turn(connected(SHARD), MENDED["a shard added"][0]), MENDED["a shard added"][1]),
    "another address, in use": (
        in_turn(connected(ONE), event("change-ip", node=ONE)),
        {CONNECTION: [f"ADDRESS_CHANGED {ONE}"]},
    ),
    "a replica removed, in use": (
        in_turn(connected(TWO), event("remove-replica", node=TWO)),
        {CONNECTION: [f"NODE_REMOVED {TWO}"]},
    ),
    "a shard removed, in use": (
        in_turn(connected(SHARD), event("remove-shard", cluster="shards", shard="0002")),
        {"shards": [f"NODE_REMOVED {SHARD}"]},
    ),
    "a dead node beside a new one": (
        in_turn(
            event("kill-node", node=TWO), event("add-replica", cluster="orders", nodes={THREE: {"subnet": "subnet-a"}})
        ),
        {CONNECTION: [f"NODE_ADDED {THREE}", f"NODE_UNHEALTHY {TWO}"]},
    ),
    "a stranger admitted and connected": (
        in_turn(admitted(STRANGER), with_a_strangers_endpoint),
        {CONNECTION: [f"STRANGER_CONNECTED {ONE}", f"STRANGER_ADMITTED {ONE}"]},
    ),
    "both at once": (
        in_turn(event("change-ip", node=ONE), event("change-ip", node=SHARD)),
        {CONNECTION: [f"ADDRESS_CHANGED {ONE}"], "shards": [f"ADDRESS_CHANGED {SHARD}"]},
    ),
}


def tried(account: Account, name: str) -> list[str]:
    """Asked in a fork: what is wrong with sweeps that may repair nothing, and then with one that may."""
    happens, expected = SWEPT[name]
    happens(account)
    return [*paused(account, expected), *repaired(account, expected)]


@pytest.mark.parametrize("name", drawn([*SWEPT], "swept", len(SWEPT)))
def test_after_one_sweep_it_is_right_and_where_repairs_are_paused_it_is_reported(name: str) -> None:
    assert ground().ask(tried, name) == []


LEFT: Final[Mapping[str, tuple[Change, Told]]] = {
    **REPORTED,
    **{name: (happens, {}) for name, happens in QUIET.items()},
    "a cluster on its way out": (with_cluster_going, {CONNECTION: ["CLUSTER_UNAVAILABLE"]}),
}


def left(account: Account, name: str) -> list[str]:
    """Asked in a fork: what is wrong with sweeps of what they cannot mend, or need not."""
    happens, expected = LEFT[name]
    happens(account)
    wrong = [*paused(account, expected), *idle(sweep(account), expected)]
    if name in QUIET:
        account.clock.sleep(LATER)
        sweep(account)
        wrong += [*right(account), *idle(sweep(account), {})]
    return wrong


@pytest.mark.parametrize("name", drawn([*LEFT], "swept and left"))
def test_what_no_run_mends_is_left_and_what_is_on_its_way_is_right_once_it_is_there(name: str) -> None:
    assert ground().ask(left, name) == []


def undone(account: Account, times: int) -> list[str]:
    """Asked in a fork with one connection: what is told of what was mended so often, and is undone once more."""
    for _ in range(times + 1):
        MENDED["no acceptance"][0](account)
        sweep(account)
    return [each["code"] for each in registered()[CONNECTION].get("told", ())]


UNDONE: Final[list[tuple[int, list[str]]]] = [
    (0, []),
    (MENDED_AT_MOST - 1, []),
    (MENDED_AT_MOST, [RETURNS.code, "ACCEPTANCE_OFF"]),
]


@pytest.mark.parametrize(("times", "codes"), drawn(UNDONE, "undone", len(UNDONE)))
def test_what_is_undone_again_and_again_is_told(times: int, codes: list[str]) -> None:
    assert of_one_node("provisioned", "adopt").ask(undone, times) == codes


# ------------------------------------------------------------------ the only healthy target of a path


def answering(account: Account) -> None:
    """The first node has another address, and what was at the former one answers there for an hour.

    So long its interface is there as well, and a sweep takes the node to be where it was. Something else has drifted.
    """
    state = State(REGION)
    former, own = replace(state.clusters[ONE].nodes[0]), state.clusters[ONE]
    with account.snapshot.expecting():
        event("change-ip", node=ONE)(account)
        spec = interfaces.Spec(former.subnet_id, own.settings.security_groups, f"ElastiCache {ONE}")
        made = interfaces.create(REGION, replace(spec, address=former.address))
        assert made is not None
        former.interface_id = made.id
        name = f"{ONE}{FORMER}"
        life = replace(own.life, gone_at=account.clock.now() + 3600)
        state.clusters[name] = replace(own, cache_cluster_id=name, group_id=None, nodes=[former], life=life)
    MENDED["no acceptance"][0](account)


def dead(account: Account) -> None:
    event("change-ip", node=ONE)(account)


def reused(account: Account) -> None:
    """The first node has another address, and another team's node answers at the former one, behind our back."""
    former = cache_nodes(account)[ONE]
    dead(account)
    event("change-ip", node="payments-001", ip=former)(account)


ADDRESSES: Final[Mapping[str, Callable[[Account], None]]] = {
    "answering": answering,
    "dead": dead,
    "reused": reused,
}


def watched(account: Account, name: str, taken: int) -> list[str]:
    """Asked in a fork: what is wrong with a sweep's repair, which takes away so many healthy targets in the end."""
    ADDRESSES[name](account)
    with Watch(account) as watch:
        report = sweep(account)
    ends = [each.status for each in repairs(report)], watch.lost
    return [*watch.wrong, *right(account), *([] if ends == (["SUCCEEDED"], taken) else [str(ends)])]


TAKEN: Final = [("answering", 1), ("dead", 0), ("reused", 1)]
"""How many healthy targets a repair takes away in the end."""


FAILING: Final = [(name, state) for name in ADDRESSES for state in failing_states() if state != ROLL_BACK]


def failed(account: Account, name: str, state: str) -> list[str]:
    """Asked in a fork: what is wrong with a repair that fails in a state, and with the one that follows."""
    ADDRESSES[name](account)
    item, failing = registered()[CONNECTION], Failing(account, state)
    request = {**item["request"], "onFailure": "keep", "repair": {"revision": int(item["revision"])}}
    with Watch(account) as watch:
        report = account.run("provision", request, listeners=[failing])
    if failing.met != (report.status == "FAILED"):
        return [f"ended {report.status} {report.error}: {report.cause}"]
    with account.snapshot.expecting():
        account.clock.sleep(LATER)
        settle(REGION, account.conditions)
    sweep(account)
    return [*watch.wrong, *right(account)]


Question = Callable[..., list[str]]


def repairing() -> list[tuple[Question, tuple[str | int, ...]]]:
    """What is drawn of repairs, or of those that fail."""
    repaired = [(watched, each) for each in drawn(TAKEN, "addresses", 3)]
    failing = drawn(FAILING, "failing repairs", 100, [itemgetter(0), itemgetter(1)], times=1)
    return drawn([*repaired, *((failed, each) for each in failing)], "addresses, or failing", 2)


def test_a_repair_takes_no_address_away_that_serves_before_the_new_one_does_and_the_next_one_mends() -> None:
    found = {(question.__name__, *of): ground().ask(question, *of) for question, of in repairing()}
    assert {each: wrong for each, wrong in found.items() if wrong} == {}
