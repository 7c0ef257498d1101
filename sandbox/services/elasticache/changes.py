"""How a replication group is changed by its owner, as ElastiCache carries it out.

Sources: ElastiCache API reference, IncreaseReplicaCount, DecreaseReplicaCount, CreateCacheCluster (a replica may have a
name of its own), ModifyReplicationGroupShardConfiguration, TestFailover and ModifyReplicationGroup; user guide,
"Increasing the number of replicas in a shard", "Decreasing the number of replicas in a shard", "Online resharding and
shard rebalancing" (a new shard has as many nodes as the smallest one) and "Scaling up" (new nodes take the names of the
old ones); the AWS CLI's examples of decrease-replica-count and modify-replication-group-shard-configuration, in which
the group and its shards are modifying, and what is going is among the members with its endpoint. Which numbers new
nodes and shards get after others went is not documented: here they are the lowest that are free.

How long a change takes is the latency `modification`. Each raises ValueError for what ElastiCache refuses.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from sandbox.conditions import Conditions
from sandbox.services.elasticache import engines
from sandbox.services.elasticache.groups import Seat, join
from sandbox.services.elasticache.models import CacheCluster, Life, ReplicationGroup, Scaling
from sandbox.services.elasticache.notifications import (
    DELETED,
    FAILED_OVER,
    GROWING,
    GROWN,
    PROVISIONED,
    SCALED,
    tell,
    tell_each,
)
from sandbox.services.elasticache.requests import MOST_REPLICAS
from sandbox.services.elasticache.state import State, take_spot

OTHER_TYPES = ("cache.t4g.small", "cache.t4g.medium")


def add_replica(
    group: ReplicationGroup, shard: str | None, name: str | None, state: State, conditions: Conditions
) -> None:
    """A replica comes into the shard, or into each; with cluster mode disabled it may have a name of its own."""
    if name is not None and (group.settings.cluster_enabled or name in state.clusters):
        raise ValueError(f"a replica of {group.replication_group_id} cannot be called {name}")
    shards = [_shard(group, shard)] if shard else group.shards
    if any(len(_members(group, each)) > MOST_REPLICAS for each in shards):
        raise ValueError(f"a shard of {group.replication_group_id} can have {MOST_REPLICAS} replicas")
    _check_room(group, len(shards), state, conditions)
    until = begin(group, conditions)
    made = [_come(group, each, until, state, conditions, name) for each in shards]
    tell_each(made, GROWING, conditions)
    tell_each(made, PROVISIONED, conditions, until)
    tell_each(made, GROWN, conditions, until)


def remove_replica(group: ReplicationGroup, member: CacheCluster, conditions: Conditions) -> None:
    """A replica goes. With cluster mode disabled, the last one goes only without Multi-AZ and automatic failover, so
    those are turned off first, as the owner has to do it.
    """
    if member.role == "primary":
        raise ValueError(f"{member.cache_cluster_id} is a primary: only replicas can be removed")
    until = begin(group, conditions)
    if not group.settings.cluster_enabled and len(group.members) == 2:
        group.change(automatic_failover=False, multi_az=False)
    _leave([member], until, conditions)


def add_shard(group: ReplicationGroup, named: str | None, state: State, conditions: Conditions) -> None:
    """A shard comes, with as many nodes as the smallest one. Its owner may give it an id (ReshardingConfiguration)."""
    if not group.settings.cluster_enabled:
        raise ValueError(f"{group.replication_group_id} has one shard, since its cluster mode is disabled")
    if named is not None and (named in group.shards or not re.fullmatch(r"\d{4}", named)):
        raise ValueError(f"a new shard of {group.replication_group_id} cannot be called {named}")
    size = min(len(_members(group, shard)) for shard in group.shards)
    _check_room(group, size, state, conditions)
    shard = named or next(f"{number:04d}" for number in count(1) if f"{number:04d}" not in group.shards)
    until = begin(group, conditions)
    made = [_come(group, shard, until, state, conditions) for _ in range(size)]
    made[0].role = "primary"
    tell_each(made, PROVISIONED, conditions, until)


def remove_shard(group: ReplicationGroup, shard: str, conditions: Conditions) -> None:
    """A shard goes, with all its nodes."""
    leaving = _members(group, _shard(group, shard))
    if len(group.shards) == 1:
        raise ValueError(f"{shard} is the only shard of {group.replication_group_id}")
    _leave(leaving, begin(group, conditions), conditions)


def fail_over(group: ReplicationGroup, shard: str | None, node: str | None, conditions: Conditions) -> None:
    """A replica, by its id or the first, becomes the primary at once; names and addresses stay with their nodes.

    The old primary is a replica from then on, dead or alive.
    """
    if shard is None and len(group.shards) > 1:
        raise ValueError(f"{group.replication_group_id} has the shards {', '.join(group.shards)}: name one")
    members, now = _members(group, _shard(group, shard or group.shards[0])), conditions.now()
    replicas = [each for each in members if each.role == "replica" and each.nodes[0].alive]
    able = [each for each in replicas if each.life.status(now) == "available"]
    chosen = next((each for each in able if node in (None, each.cache_cluster_id)), None)
    if chosen is None:
        raise ValueError(f"{group.replication_group_id} has no replica {node or ''} that can become the primary")
    for each in members:
        each.role = "primary" if each is chosen else "replica"
    tell(group, FAILED_OVER, conditions)


def scale(group: ReplicationGroup, node_type: str | None, conditions: Conditions) -> None:
    """Every node is replaced by one of another type, which has its name, its zone, and an address of its own."""
    wanted = node_type or next(each for each in OTHER_TYPES if each != group.settings.node_type)
    if not engines.exists(wanted) or wanted == group.settings.node_type:
        raise ValueError(f"{group.replication_group_id} cannot be scaled to {wanted}")
    until = begin(group, conditions)
    for member in group.members.values():
        member.life = replace(member.life, held="modifying", held_until=until)
    group.scaling = Scaling(until, wanted)
    tell(group, SCALED, conditions, until)


def begin(group: ReplicationGroup, conditions: Conditions, latency: str = "modification") -> float:
    """The group is modifying from now on; its nodes keep their own status. The moment when the change is done."""
    now = conditions.now()
    status = group.life.status(now)
    if status != "available":
        raise ValueError(f"{group.replication_group_id} is {status}: it can be changed while it is available")
    until = now + conditions.draw(latency)
    group.life = replace(group.life, held="modifying", held_until=until)
    return until


def _come(
    group: ReplicationGroup, shard: str, at: float, state: State, conditions: Conditions, name: str | None = None
) -> CacheCluster:
    seats = (Seat(shard, number, _emptiest_zone(group, shard, state, conditions), name) for number in count())
    seat = next(each for each in seats if each.member_id(group) not in state.clusters)
    made = join(group, seat, Life(conditions.now(), at), state, conditions)
    group.members = dict(sorted(group.members.items()))
    if made.cache_cluster_id in state.spots:
        take_spot(state, made)
    return made


def _emptiest_zone(group: ReplicationGroup, shard: str, state: State, conditions: Conditions) -> str | None:
    """The zone with the fewest nodes of the shard; in a new shard ElastiCache chooses, as for a new group."""
    held = Counter(member.nodes[0].zone for member in _members(group, shard))
    zones = [
        each for each in state.subnets_by_zone(group.settings.subnet_group) if each not in conditions.refused_zones
    ]
    return min(zones, key=lambda each: held[each]) if held else None


def _leave(members: Sequence[CacheCluster], at: float, conditions: Conditions) -> None:
    tell_each(members, DELETED, conditions, at)
    for member in members:
        member.life = replace(member.life, gone_at=at)


def _members(group: ReplicationGroup, shard: str) -> list[CacheCluster]:
    return [member for member in group.members.values() if member.shard == shard]


def _shard(group: ReplicationGroup, shard: str) -> str:
    if shard not in group.shards:
        raise ValueError(f"{group.replication_group_id} has no shard {shard}; there are {', '.join(group.shards)}")
    return shard


def _check_room(group: ReplicationGroup, more: int, state: State, conditions: Conditions) -> None:
    quotas = conditions.quotas
    if len(group.members) + more > quotas.nodes_per_cluster:
        raise ValueError(f"a cluster can have {quotas.nodes_per_cluster} nodes")
    if len(list(state.nodes())) + more > quotas.nodes_per_region:
        raise ValueError(f"a Region can have {quotas.nodes_per_region} nodes")
