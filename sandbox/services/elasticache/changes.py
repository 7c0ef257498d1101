"""How a replication group is changed by its owner, as ElastiCache carries it out.

Sources: ElastiCache API reference, DecreaseReplicaCount and ModifyReplicationGroupShardConfiguration; user guide,
"Decreasing the number of replicas in a shard" and "Online resharding and shard rebalancing"; the AWS CLI's examples of
both operations, which show the group and its shards as modifying, with what is going among the members, endpoints
included. How long a change takes is the latency `modification`. Each raises ValueError for what ElastiCache refuses.
"""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.conditions import Conditions
from sandbox.services.elasticache.models import CacheCluster, ReplicationGroup


def remove_replica(group: ReplicationGroup, member: CacheCluster, conditions: Conditions) -> None:
    """A replica goes. With cluster mode disabled, the last one goes only without Multi-AZ and automatic failover, so
    those are turned off first, as the owner has to do it.
    """
    if member.role == "primary":
        raise ValueError(f"{member.cache_cluster_id} is a primary: only replicas can be removed")
    until = _begin(group, conditions)
    if not group.settings.cluster_enabled and len(group.members) == 2:
        change_settings(group, automatic_failover=False, multi_az=False)
    _leave([member], until)


def remove_shard(group: ReplicationGroup, shard: str, conditions: Conditions) -> None:
    """A shard goes, with all its nodes."""
    leaving = [member for member in group.members.values() if member.shard == shard]
    if not leaving:
        raise ValueError(f"{group.replication_group_id} has no shard {shard}; there are {', '.join(group.shards)}")
    if len(group.shards) == 1:
        raise ValueError(f"{shard} is the only shard of {group.replication_group_id}")
    _leave(leaving, _begin(group, conditions))


def change_settings(group: ReplicationGroup, **changed: str | bool) -> None:
    """Settings are the group's and each member's."""
    group.settings = replace(group.settings, **changed)  # type: ignore[arg-type]  # a setting's name and its value
    for member in group.members.values():
        member.settings = group.settings


def _begin(group: ReplicationGroup, conditions: Conditions) -> float:
    """The group is modifying from now on; its nodes keep their own status. The moment when the change is done."""
    now = conditions.now()
    status = group.life.status(now)
    if status != "available":
        raise ValueError(f"{group.replication_group_id} is {status}: it can be changed while it is available")
    until = now + conditions.draw("modification")
    group.life = replace(group.life, held="modifying", held_until=until)
    return until


def _leave(members: Iterable[CacheCluster], at: float) -> None:
    for member in members:
        member.life = replace(member.life, gone_at=at)
