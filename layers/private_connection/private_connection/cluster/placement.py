"""Where the nodes of a cluster that we create will be: ids and zones, known before the cluster exists.

ElastiCache names members ``<group>-001`` (cluster mode disabled) or ``<group>-0001-001`` (enabled: shard, node), and
places each in the zone that the call asks for (API reference, ``PreferredCacheClusterAZs`` and
``NodeGroupConfiguration``). That the first node of a shard is the one in ``PrimaryAvailabilityZone`` is not documented,
so `nodes.resolve_nodes` compares each foreseen zone with the real one.
"""

from collections.abc import Sequence
from typing import Any

from private_connection.cluster.networks import Subnet
from private_connection.cluster.plan import ClusterCreation
from private_connection.contracts import NodePlace
from private_connection.request.models import CreateCluster


def member_ids(cluster_id: str, create: CreateCluster) -> list[str]:
    """The cache cluster ids of the nodes, in order."""
    nodes = range(1, create.replicas_per_shard + 2)
    if create.cluster_mode == "disabled":
        return [f"{cluster_id}-{node:03d}" for node in nodes]
    return [f"{cluster_id}-{shard:04d}-{node:03d}" for shard in range(1, create.shards + 1) for node in nodes]


def spread(create: CreateCluster, zones: Sequence[str]) -> list[str]:
    """A zone per node: the nodes of a shard go into different zones, and each shard begins one zone further on."""
    per_shard = create.replicas_per_shard + 1
    return (
        [zones[(shard + node) % len(zones)] for shard in range(create.shards) for node in range(per_shard)]
        if zones
        else []
    )


def foresee(cluster_id: str, create: CreateCluster, zones: Sequence[str], subnets: Sequence[Subnet]) -> list[NodePlace]:
    """The places of all nodes, or nothing unless the subnet group has exactly one subnet in each zone that is used."""
    by_zone = {zone: [subnet for subnet in subnets if subnet.zone == zone] for zone in zones}
    if any(len(candidates) != 1 for candidates in by_zone.values()):
        return []
    return (
        [
            NodePlace(
                node=node,
                port=create.port,
                vpc_id=by_zone[zone][0].vpc_id,
                availability_zone=zone,
                subnet_id=by_zone[zone][0].id,
            )
            for node, zone in zip(member_ids(cluster_id, create), zones, strict=bool(zones))
        ]
        if zones
        else []
    )


def topology(cluster_id: str, creation: ClusterCreation, *, pinned: bool) -> dict[str, Any]:
    """The arguments of CreateReplicationGroup that say how many nodes there are, and where (``pinned``).

    Automatic failover must be on in cluster mode, and off without a replica otherwise; Multi-AZ needs a replica and two
    zones.
    """
    enabled, replicas = creation.cluster_mode == "enabled", creation.replicas_per_shard
    failover = {
        "AutomaticFailoverEnabled": enabled or replicas > 0,
        "MultiAZEnabled": replicas > 0 and len(set(creation.zones)) > 1,
    }
    if not enabled:
        zones = {"PreferredCacheClusterAZs": list(creation.zones)} if pinned else {}
        return failover | {"NumCacheClusters": replicas + 1} | zones
    if not pinned:
        return failover | {"NumNodeGroups": creation.shards, "ReplicasPerNodeGroup": replicas}
    return failover | {"NumNodeGroups": creation.shards, "NodeGroupConfiguration": _node_groups(cluster_id, creation)}


def _node_groups(cluster_id: str, creation: ClusterCreation) -> list[dict[str, Any]]:
    per_shard = creation.replicas_per_shard + 1
    nodes = list(zip(member_ids(cluster_id, creation), creation.zones, strict=True))
    shards = [nodes[first : first + per_shard] for first in range(0, len(nodes), per_shard)]
    return [_node_group(number, [zone for _, zone in shard]) for number, shard in enumerate(shards, start=1)]


def _node_group(number: int, zones: Sequence[str]) -> dict[str, Any]:
    """A shard; without a replica the list of their zones is left out, which the query protocol would send as empty."""
    replicas = {"ReplicaAvailabilityZones": list(zones[1:])} if len(zones) > 1 else {}
    return {
        "NodeGroupId": f"{number:04d}",
        "ReplicaCount": len(zones) - 1,
        "PrimaryAvailabilityZone": zones[0],
    } | replicas
