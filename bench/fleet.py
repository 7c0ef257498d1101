"""Fleets of connections: how large they are, and what everything of each connection is called."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final

from bench.provisioned import REGION, SUBNETS, Mode, security_group
from private_connection.access.sids import mark_of
from private_connection.naming import access_role, digest, node_resource
from sandbox.world.model import default_vpc

VPC: Final = default_vpc(REGION)
PORT: Final = 6379
PER_WORKSPACE: Final = 40
"""Connections that share a workspace and so a role: the inline policies of a role have room for 48."""
FIRST_ADDRESS: Final = 1_100
"""Nodes have addresses of a subnet from here on. Those before are the load balancers'."""
MOVED_BY: Final = 1_100


@dataclass(frozen=True)
class Node:
    """The names and the address of a node and of what leads to it."""

    id: str
    address: str
    resource: str
    """The name of its load balancer and of its target group."""
    service: str
    endpoint: str
    """The consumer's."""

    @property
    def words(self) -> tuple[str, ...]:
        return self.id, self.address, self.resource, self.service, self.endpoint


@dataclass(frozen=True)
class Names:
    """All of a connection that another one has otherwise."""

    connection: str
    workspace: str
    cluster: str
    maker: str
    nodes: tuple[Node, ...]

    @property
    def words(self) -> tuple[str, ...]:
        role, group, mark = access_role(self.workspace), security_group(self.cluster), mark_of(self.maker)
        return self.connection, self.workspace, self.cluster, self.maker, role, group, mark

    @property
    def request(self) -> dict[str, Any]:
        """Input of the provision machine."""
        return {"connection": self.connection, "workspaceId": self.workspace, "cluster": {"id": self.cluster}}


@dataclass(frozen=True)
class Fleet:
    """`moved`: every node is at another address than when its connection was provisioned."""

    connections: int
    nodes: int
    """Of each, three in a shard. More than three make cluster mode enabled."""
    moved: bool = False

    @property
    def mode(self) -> Mode:
        return "disabled" if self.nodes == len(SUBNETS) else "enabled"

    def names(self, number: int) -> Names:
        """Those of the connection of a number, from 0."""
        connection, cluster = f"fleet-{number:04d}", f"cache-{number:04d}"
        return Names(
            connection=connection,
            workspace=f"workspace-{number // PER_WORKSPACE:03d}",
            cluster=cluster,
            maker=f"provision-{number + 1}-{digest(connection)}",
            nodes=tuple(
                Node(
                    id=node,
                    address=address(number * self.nodes + place),
                    resource=node_resource(connection, node, VPC.id, PORT),
                    service=f"vpce-svc-{digest(connection, node, length=17)}",
                    endpoint=f"vpce-{digest(connection, node, length=17)}",
                )
                for place, node in enumerate(node_ids(cluster, self.mode, self.nodes))
            ),
        )

    def addresses(self, number: int) -> dict[str, str]:
        """Where the nodes of the connection of a number are, by id."""
        first = number * self.nodes
        ids = (each.id for each in self.names(number).nodes)
        return {node: address(first + place, moved=self.moved) for place, node in enumerate(ids)}


def node_ids(cluster: str, mode: Mode, nodes: int) -> list[str]:
    """The ids that ElastiCache gives the nodes of a cluster, three in each shard."""
    shards, in_each = range(1, nodes // len(SUBNETS) + 1), range(1, len(SUBNETS) + 1)
    if mode == "disabled":
        return [f"{cluster}-{number:03d}" for number in in_each]
    return [f"{cluster}-{shard:04d}-{number:03d}" for shard in shards for number in in_each]


def address(number: int, *, moved: bool = False) -> str:
    """The address of the node of a number, counted over the fleet; each third node is in the same subnet."""
    network = str(VPC.subnets[number % len(SUBNETS)].cidr).partition("/")[0]
    return str(IPv4Address(network) + FIRST_ADDRESS + number // len(SUBNETS) + MOVED_BY * moved)
