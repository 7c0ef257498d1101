"""Targets whose health is that of real servers.

Network Load Balancers guide, "Health checks for your target groups": with TCP, "the health check attempts to open a TCP
connection on the specified port"; UnhealthyThresholdCount failures in a row make a target unhealthy.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.probes import Place, Probes
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World, apply_event

SMALL: Final = FIXTURES / "small" / "template.yaml"
NODE: Final = "172.31.0.40"
OTHER: Final = "172.31.0.41"
NODES: Final = {"orders": NODE, "others": OTHER}
WORLD: Final = World.model_validate(
    {
        "securityGroups": [{"id": "sg-open", "rules": [{"cidr": "0.0.0.0/0", "port": 6379}]}],
        "clusters": [
            {"id": name, "mode": "standalone", "subnets": ["subnet-a"], "securityGroups": ["sg-open"]}
            | {"nodes": {name: {"ip": address}}}
            for name, address in NODES.items()
        ],
        "targetGroups": [{"name": name, "targets": [{"ip": address}]} for name, address in NODES.items()],
        "loadBalancers": [
            {"name": f"lb-{name}", "subnets": ["subnet-a"], "listeners": [{"port": 6379, "targetGroup": name}]}
            for name in NODES
        ],
    }
)


class Servers:
    """What stands for nodes: a socket that listens takes connections, whoever accepts them."""

    def __init__(self) -> None:
        self.listening: dict[str, socket.socket] = {}
        self.asked_on: list[threading.Thread] = []

    def start(self, node: str) -> None:
        self.listening[node] = socket.create_server(("127.0.0.1", 0), backlog=64)

    def stop(self, node: str) -> None:
        self.listening.pop(node).close()

    def where(self, node: str) -> Place | None:
        self.asked_on.append(threading.current_thread())
        return self.listening[node].getsockname() if node in self.listening else None


@pytest.fixture
def servers() -> Iterator[Servers]:
    made = Servers()
    for node in (NODE, OTHER):
        made.start(node)
    yield made
    for node in list(made.listening):
        made.stop(node)


@contextmanager
def opened(servers: Servers) -> Iterator[Account]:
    with Account(WORLD, template=SMALL, answers=Probes(servers.where)) as account:
        account.advance(600)
        yield account


def health() -> dict[str, str]:
    """The states of the targets, by their addresses."""
    elbv2: Any = boto3.client("elbv2")
    groups = [each["TargetGroupArn"] for each in elbv2.describe_target_groups()["TargetGroups"]]
    looks = [elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"] for arn in groups]
    return {each["Target"]["Id"]: each["TargetHealth"]["State"] for look in looks for each in look}


def test_a_target_is_healthy_while_its_server_answers(servers: Servers) -> None:
    with opened(servers) as account:
        seen = [health()]
        servers.stop(NODE)
        account.advance(300)
        seen.append(health())
        servers.start(NODE)
        account.advance(300)
        seen.append(health())
    both = {NODE: "healthy", OTHER: "healthy"}
    assert seen == [both, both | {NODE: "unhealthy"}, both]


def test_a_look_finds_out_by_itself_and_the_threshold_counts_from_then_on(servers: Servers) -> None:
    with opened(servers) as account:
        servers.stop(NODE)
        first = health()[NODE]
        account.clock.sleep(59)
        before = health()[NODE]
        account.clock.sleep(1)
        assert (first, before, health()[NODE]) == ("healthy", "healthy", "unhealthy"), "two checks, one in 30 seconds"


def test_a_node_for_which_no_server_stands_does_not_answer_whatever_an_event_says(servers: Servers) -> None:
    servers.stop(NODE)
    with opened(servers) as account:
        apply_event("revive-node", {"node": "orders"}, account.conditions)
        account.advance(300)
        assert health() == {NODE: "unhealthy", OTHER: "healthy"}


def test_servers_may_take_their_time_and_the_account_s_stands_still(servers: Servers) -> None:
    def late(node: str) -> Place | None:
        time.sleep(0.001)
        return servers.where(node)

    seen: list[float] = []

    def look() -> None:
        seen.append(account.clock.now())
        health()
        seen.append(account.clock.now())

    quick = WORLD.model_copy(update={"latency": WORLD.latency.model_copy(update={"call": 0})})
    with Account(quick, template=SMALL, answers=Probes(late)) as account:
        account.clock.start(look)
        account.clock.run()
    assert seen[0] == seen[1]
    assert len(servers.asked_on) == len(set(servers.asked_on)), "each in a thread of its own, never in one of the clock"


def test_what_fails_as_servers_are_asked_is_raised() -> None:
    def broken(node: str) -> Place | None:
        raise RuntimeError(f"no server starts for {node}")

    with Account(WORLD, template=SMALL, answers=Probes(broken)) as account, pytest.raises(RuntimeError, match=NODE):
        account.advance(1)
