"""Which real thing of this machine stands for which thing of an account.

A server stands for the address of each node, a forwarder for each endpoint of the consumer. Load balancers stand in
between: where a connection to an endpoint leads is what the sandbox says of the load balancer, its zones, its targets
and the security groups, and is asked again at each connection.
"""

import io
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

import boto3

from sandbox.account import Account
from sandbox.probes import Probes
from sandbox.services.consumer_path import reached_through
from sandbox.services.elasticache.state import State
from sandbox.world import World
from tests.consumer import acting
from tests.consumer.forwarding import Place
from tests.consumer.loopback import taken
from tests.consumer.servers import Ground, Node
from tests.faults.grounds import QUICK

Json = dict[str, Any]
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
REQUEST: Final[Json] = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
CLUSTER: Final[Json] = {
    "id": "orders",
    "engine": "valkey",
    "subnets": ["subnet-a", "subnet-b", "subnet-c"],
    "securityGroups": ["sg-cache"],
    "tls": True,
}


class Standing:
    """An open account with one cluster, whose nodes are servers on this machine."""

    def __init__(self, account: Account, ground: Ground, nodes: dict[str, Node]) -> None:
        self.account, self._ground, self._nodes = account, ground, nodes
        self._endpoints: list[str] = []

    @property
    def names(self) -> dict[str, str]:
        """The names of the cluster's nodes, by their ids."""
        found = boto3.client("elasticache").describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
        return {each["CacheClusterId"]: str(each["CacheNodes"][0]["Endpoint"]["Address"]) for each in found}

    def put_all(self, nodes: Sequence[Node]) -> None:
        for node, name in zip(nodes, self.names.values(), strict=True):
            self.put(node, name)

    def put(self, node: Node, name: str) -> None:
        """From now on the server stands for the address that the name has."""
        self._nodes[self.address(name)] = node

    def address(self, name: str) -> str:
        """The address of the VPC that a node has now."""
        return socket.gethostbyname(name)

    def connect(self, handoff: Json) -> dict[str, str]:
        """The consumer connects with the hand-off; returns its map, with what stands for each endpoint's address."""
        return {name: self._opened(address) for name, address in acting.connected(self.account, handoff).items()}

    def _opened(self, address: str) -> str:
        """Where a forwarder stands for the address of an endpoint."""
        endpoint = next(each for each in acting.standing(self.account) if address in each.addresses())

        def onward() -> Place | None:
            found = sorted(reached_through(endpoint, self.account.clock.now()))
            return self.place(found[0].partition(":")[0]) if found else None

        listening = taken(self._ground.port)
        self._endpoints.append(listening.getsockname()[0])
        self._ground.forwarders.open(listening, onward)
        return self._endpoints[-1]

    def place(self, address: str) -> Place | None:
        """Where the server is that stands for an address of the VPC."""
        return self._nodes[address].place if address in self._nodes else None

    def close(self) -> None:
        for each in self._endpoints:
            self._ground.forwarders.close(each)


@contextmanager
def standing(
    cluster: Mapping[str, Any] | None,
    ground: Ground,
    world: Mapping[str, Any] = NOTHING,
    starts: Callable[[str], Node] | None = None,
) -> Iterator[Standing]:
    """The account of a world with such a cluster, on the servers' port; no server stands for a node yet.

    With `starts` one is started for each node when its health is first asked for: it is told the node's name.
    """
    clusters = [] if cluster is None else [{**CLUSTER, "port": ground.port, **cluster}]
    laid = World.model_validate({"latency": QUICK, "clusters": clusters, **world})
    nodes: dict[str, Node] = {}

    def where(address: str) -> Place | None:
        if starts is not None and address not in nodes:
            nodes[address] = starts(_name_at(address, laid.region))
        return nodes[address].place if address in nodes else None

    with Account(laid, 1, logs=io.StringIO(), answers=Probes(where)) as account:
        found = Standing(account, ground, nodes)
        try:
            yield found
        finally:
            found.close()


def _name_at(address: str, region: str) -> str:
    return next(cluster.endpoint(node) for cluster, node in State(region).nodes() if node.address == address)


def names_of(cluster: Mapping[str, Any], ground: Ground) -> dict[str, str]:
    """The names that the nodes of such a cluster have, by their ids, whenever it is laid."""
    with standing(cluster, ground) as found:
        return found.names


def targets() -> dict[str, str]:
    """The health of each target, by its address."""
    elbv2: Any = boto3.client("elbv2")
    groups = [each["TargetGroupArn"] for each in elbv2.describe_target_groups()["TargetGroups"]]
    looks = [elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"] for arn in groups]
    return {each["Target"]["Id"]: str(each["TargetHealth"]["State"]) for look in looks for each in look}
