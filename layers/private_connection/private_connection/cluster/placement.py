"""Where the nodes of a cluster that we create will be: ids and zones, known before the cluster exists.

ElastiCache names members ``<group>-001`` (cluster mode disabled) or ``<group>-0001-001`` (enabled: shard, node), and
places each in the zone that it is told (API reference, ``PreferredCacheClusterAZs`` and ``NodeGroupConfiguration``).
That the first node of a shard is the one in ``PrimaryAvailabilityZone`` is not written down: whoever uses a foreseen
zone compares it with the real one.
"""

from collections.abc import Sequence

from private_connection.cluster.networks import Subnet
from private_connection.contracts import CreateCluster, NodePlace


def member_ids(cluster_id: str, create: CreateCluster) -> list[str]:
    """The cache cluster ids of the nodes, in order."""
    nodes = range(1, create.replicas_per_shard + 2)
    if create.cluster_mode == "disabled":
        return [f"{cluster_id}-{node:03d}" for node in nodes]
    return [f"{cluster_id}-{shard:04d}-{node:03d}" for shard in range(1, create.shards + 1) for node in nodes]


def spread(create: CreateCluster, zones: Sequence[str]) -> list[str]:
    """A zone per node: the nodes of a shard in as many zones as there are, the shards' primaries in turn."""
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
