"""What a run left behind, read from the sandbox's state: nothing here calls an API or knows a name of the product.

A *path* is what a consumer needs from end to end: endpoint service, load balancer, listener, target, node.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.account import Account
from sandbox.audit import Inventory, inventory
from sandbox.services import settle
from sandbox.services.common import backend
from sandbox.services.consumer_path import reached, zones_offered
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.elasticache.state import State
from sandbox.services.elbv2.health import health
from sandbox.services.elbv2.state import forwards_to, timeline

VERVERICA = "arn:aws:iam::794031221915:root"
RANDOM = re.compile(r"\b(vpce-svc|sgr|sg)-[0-9a-f]{17}\b|\b\d+\.\d+\.\d+\.\d+\b")


@dataclass(frozen=True)
class Node:
    """A cache node as ElastiCache has it."""

    address: str
    port: int
    zone: str
    zone_id: str
    shard: str
    role: str | None
    """Its role with cluster mode disabled."""
    endpoint: str


@dataclass(frozen=True)
class Path:
    """One endpoint service and all that it leads to. `health` is by address and port, `reached` by a client's zone."""

    service: str
    service_name: str
    state: str
    acceptance_required: bool
    principals: tuple[str, ...]
    load_balancer: str
    kind: str
    scheme: str
    zones: tuple[str, ...]
    security_groups: tuple[str, ...]
    ports: tuple[int, ...]
    health: Mapping[str, str]
    reached: Mapping[str, set[str]]


@dataclass(frozen=True)
class Ending:
    """The account after a run."""

    owned: dict[str, list[str]]
    foreign_changes: list[str]
    inventory: Inventory
    nodes: dict[str, Node]
    paths: list[Path]

    @property
    def shape(self) -> dict[str, list[str]]:
        """What is owned, with everything random taken out of the ids: equal for two runs that made the same."""
        return {kind: sorted(RANDOM.sub(_kind, each) for each in ids) for kind, ids in self.owned.items()}


def _kind(found: re.Match[str]) -> str:
    return found[1] or "address"


def look(account: Account) -> Ending:
    region = account.world.region
    settle(region, account.conditions)
    return Ending(
        owned=account.snapshot.owned(),
        foreign_changes=account.snapshot.foreign_changes(),
        inventory=inventory(),
        nodes=dict(_nodes(region)),
        paths=list(_paths(region, account.clock.now())),
    )


def _nodes(region: str) -> Iterator[tuple[str, Node]]:
    zone_ids = {zone.name: zone.zone_id for zone in backend("ec2", region).describe_availability_zones()}
    for cluster, node in State(region).nodes():
        yield (
            cluster.cache_cluster_id,
            Node(
                address=node.address,
                port=cluster.settings.port,
                zone=node.zone,
                zone_id=zone_ids[node.zone],
                shard=cluster.shard,
                role=None if cluster.settings.cluster_enabled else cluster.role or "primary",
                endpoint=cluster.endpoint(node),
            ),
        )


def _paths(region: str, now: float) -> Iterator[Path]:
    elbv2 = backend("elbv2", region)
    for service in [each for each in services(region).values() if each.deleted_at is None]:
        for arn in service.network_load_balancer_arns:
            balancer = elbv2.load_balancers[arn]
            yield Path(
                service=service.id,
                service_name=service.service_name,
                state=service.state(now),
                acceptance_required=service.acceptance_required,
                principals=tuple(sorted(service.principals)),
                load_balancer=balancer.name,
                kind=balancer.type,
                scheme=balancer.scheme,
                zones=tuple(sorted(subnet.availability_zone for subnet in balancer.subnets)),
                security_groups=tuple(balancer.security_groups or ()),
                ports=tuple(sorted(int(each.port) for each in balancer.listeners.values())),
                health=dict(_health(region, elbv2, balancer, now)),
                reached={zone: reached(region, service.id, zone) for zone in zones_offered(region, service.id)},
            )


def _health(region: str, elbv2: Any, balancer: Any, now: float) -> Iterator[tuple[str, str]]:
    for listener in balancer.listeners.values():
        for arn in forwards_to(listener):
            for member in timeline(elbv2).targets.get(arn, {}).values():
                state = health(region, elbv2.target_groups[arn], member, now).state
                yield f"{member.address}:{member.port}", state


def check_connected(ending: Ending, *handoffs: Mapping[str, Any], zones: tuple[str, ...] | None = None) -> None:
    """The hand-offs are true: each row has a path of its own that works, and there is no path besides.

    ``zones`` are those that every load balancer is in; by default it is in its node's alone, unless a finding names it.
    """
    rows = [row for handoff in handoffs for row in handoff["endpoints"]]
    assert sorted(path.service for path in ending.paths) == sorted(row["serviceId"] for row in rows)
    for handoff in handoffs:
        names = [each["node"] for each in handoff["endpoints"]]
        assert names
        assert names == sorted(set(names))
        assert handoff["status"] == "READY"
        assert handoff["roleArn"].rpartition("/")[2] in ending.inventory["role"]
    for handoff in handoffs:
        told = [each["message"] for each in handoff["findings"] if each["code"] in ("SEVERAL_ZONES", "ZONES_KEPT")]
        for row in handoff["endpoints"]:
            several = any(f"{row['node']} in " in message for message in told)
            _check_row(ending, row, ending.nodes[row["node"]], zones, several=several)


def _check_row(
    ending: Ending, row: Mapping[str, Any], node: Node, asked: tuple[str, ...] | None, *, several: bool
) -> None:
    (path,) = [each for each in ending.paths if each.service == row["serviceId"]]
    assert row == _row(row["node"], node, path)
    zones = asked or (path.zones if several else (node.zone,))
    assert (node.zone in zones, asked is not None or len(zones) > 1) == (True, asked is not None or several)
    assert path == replace(
        path,
        state="Available",
        acceptance_required=True,
        principals=(VERVERICA,),
        kind="network",
        scheme="internal",
        zones=zones,
        security_groups=(),
        ports=(node.port,),
        health={f"{node.address}:{node.port}": "healthy"},
        reached={zone: {f"{node.address}:{node.port}"} for zone in zones},
    )


def _row(name: str, node: Node, path: Path) -> dict[str, object]:
    return {
        "node": name,
        "shard": node.shard,
        "role": node.role,
        "endpoint": node.endpoint,
        "port": node.port,
        "availabilityZone": node.zone,
        "availabilityZoneId": node.zone_id,
        "ipAddress": node.address,
        "serviceName": path.service_name,
        "serviceId": path.service,
    }
