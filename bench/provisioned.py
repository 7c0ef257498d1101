"""One connection as a run of provision and the sweep after it left it, read from the account.

It is what a fleet of connections is laid from (`bench.fleet`): as pieces of a world, and as the registry has it.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import boto3

from bench.pieces import Path, path_in, role_in, rules_in
from bench.workflow import measure
from private_connection.naming import role_name
from private_connection.ownership import CREATED_BY
from sandbox.account import Account
from sandbox.audit import Inventory, inventory
from sandbox.conditions import Latency
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.elasticache.state import State
from sandbox.world import World, apply_event
from sandbox.world.model import ClusterSpec, NodeSpec, RoleSpec, RuleSpec, SecurityGroupSpec

Mode = Literal["disabled", "enabled"]
REGION: Final = "us-east-1"
SUBNETS: Final = ("subnet-a", "subnet-b", "subnet-c")
"""One in each of three zones, which the three nodes of a shard are in."""
SOON: Final = Latency(load_balancer=15, registration=10, endpoint_service=1)
"""How long things take that a run waits for: what it leaves does not tell, and asking again and again takes long."""
ACCEPTED_AFTER: Final = 600.0
"""Seconds after which a connection that was accepted is available for certain."""


@dataclass(frozen=True)
class Provisioned:
    """A connection of three nodes, to each of which the consumer has connected."""

    rules: tuple[RuleSpec, ...]
    role: RoleSpec
    paths: tuple[Path, ...]
    """In the order of the hand-off's endpoints."""
    item: dict[str, Any]
    """The registry's, as it is on the wire."""
    handoff: dict[str, Any]
    maker: str
    domain: str
    """What the names of its nodes end in."""


def cluster_spec(cluster: str, mode: Mode, addresses: Mapping[str, str]) -> ClusterSpec:
    """A cluster with a security group of its own and nodes at these addresses, by id: three in each shard."""
    return ClusterSpec(
        id=cluster,
        mode=mode,
        shards=len(addresses) // len(SUBNETS),
        replicas_per_shard=len(SUBNETS) - 1,
        tls=True,
        security_groups=(security_group(cluster),),
        nodes={
            node: NodeSpec(ip=address, subnet=SUBNETS[number % len(SUBNETS)])
            for number, (node, address) in enumerate(addresses.items())
        },
    )


def security_group(cluster: str) -> str:
    return f"sg-{cluster}"


def provisioned(cluster: ClusterSpec, request: Mapping[str, Any]) -> Provisioned:
    """Provisions one connection, has the consumer connect, and sweeps once, so that all is seen and recorded."""
    groups = tuple(SecurityGroupSpec(id=each) for each in cluster.security_groups)
    world = World(region=REGION, security_groups=groups, clusters=(cluster,), latency=SOON)
    with Account(world, 0, logs=io.StringIO()) as account:
        before = inventory()
        handoff = provision(account, request)
        return read(account, handoff, made_since(before))


def provision(account: Account, request: Mapping[str, Any]) -> dict[str, Any]:
    """The hand-off of a connection that is provisioned, connected and swept."""
    _, handoff = measure(account, "provision", request)
    for endpoint in handoff["endpoints"]:
        service = endpoint["serviceId"]
        apply_event("connect", {"service": service}, account.conditions)
        apply_event("accept", {"service": service, "endpoint": _endpoint_of(service)}, account.conditions)
    account.advance(ACCEPTED_AFTER)
    measure(account, "reconcile", {})
    found: dict[str, Any] = handoff
    return found


def _endpoint_of(service: str) -> str:
    (found,) = services(REGION)[service].connections
    return found


def made_since(before: Inventory) -> Inventory:
    return {
        kind: {name: facts for name, facts in items.items() if name not in before.get(kind, {})}
        for kind, items in inventory().items()
    }


def read(account: Account, handoff: dict[str, Any], made: Inventory) -> Provisioned:
    """What a run has made, its role as it is by now, and what the registry has of it."""
    paths = tuple(path_in(made, endpoint["serviceId"]) for endpoint in handoff["endpoints"])
    return Provisioned(
        rules=tuple(rules_in(made)),
        role=role_in(inventory(), role_name(handoff["roleArn"])),
        paths=paths,
        item=item(account, handoff["connection"]),
        handoff=handoff,
        maker=paths[0].group.tags[CREATED_BY],
        domain=State(REGION).groups[handoff["clusterId"]].domain,
    )


def item(account: Account, connection: str) -> dict[str, Any]:
    """The registry's item of a connection, as it is on the wire."""
    (table,) = account.template.tables
    key = {"connection": {"S": connection}}
    found = boto3.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
    return dict(found["Item"])
