"""Creates and deletes replication groups and their member clusters in the backend."""

from dataclasses import dataclass, replace
from random import Random

from sandbox.conditions import Conditions
from sandbox.services.common import Refused
from sandbox.services.elasticache import happened
from sandbox.services.elasticache.models import CacheCluster, Life, Node, ReplicationGroup, Settings, Snapshot
from sandbox.services.elasticache.notifications import DELETED, tell_each
from sandbox.services.elasticache.requests import Shard
from sandbox.services.elasticache.state import State, new_domain

NO_CAPACITY = "Failed to create the node: InsufficientCacheClusterCapacity in availability zone {}."
"""It has the code and the zone; how it is worded beside them is our own."""


@dataclass(frozen=True)
class Plan:
    """A group to be made, checked already."""

    group_id: str
    description: str
    settings: Settings
    shards: list[Shard]
    tags: dict[str, str]


def make(plan: Plan, life: Life, state: State, conditions: Conditions) -> ReplicationGroup:
    """The group with its members, which ElastiCache lists from the first moment."""
    arn = state.arn("replicationgroup", plan.group_id)
    domain = new_domain(state.region, conditions.random)
    group = ReplicationGroup(plan.group_id, arn, plan.description, plan.settings, life, domain)
    state.groups[plan.group_id] = group
    state.tag(arn, plan.tags)
    for shard in plan.shards:
        for number, zone in enumerate(shard.zones):
            seat = Seat(shard.shard_id, number, zone)
            made = join(group, seat, life, state, conditions)
            made.role = "primary" if number == 0 else "replica"
    return group


def fails_for_capacity(group: ReplicationGroup, conditions: Conditions) -> bool:
    """Whether a zone has no room for one of its nodes, which ElastiCache finds out as it creates them: it tells so in
    an event of that member (runbook "ElastiCache create failed" of the UK Ministry of Justice's Cloud Platform).
    """
    lacking = [each for each in group.members.values() if each.nodes[0].zone in conditions.exhausted_zones]
    for each in lacking:
        happened.record(each, [NO_CAPACITY.format(each.nodes[0].zone)], group.life.ready_at)
    return bool(lacking)


@dataclass(frozen=True)
class Seat:
    """A place in a shard, by its number there; the zone that is asked for and the id that the node is given, if any."""

    shard: str
    number: int
    zone: str | None = None
    name: str | None = None

    def member_id(self, group: ReplicationGroup) -> str:
        sharded = f"{self.shard}-" if group.settings.cluster_enabled else ""
        return self.name or f"{group.replication_group_id}-{sharded}{self.number + 1:03d}"


def join(group: ReplicationGroup, seat: Seat, life: Life, state: State, conditions: Conditions) -> CacheCluster:
    """The new member, a replica, with the tags of its group."""
    name = seat.member_id(group)
    late = conditions.late_nodes.get(name, 0.0)
    made = CacheCluster(
        cache_cluster_id=name,
        arn=state.arn("cluster", name),
        settings=group.settings,
        life=replace(life, ready_at=life.ready_at + late) if late else life,
        nodes=[_place(group, seat, state, conditions)],
        domain=group.domain,
        group_id=group.replication_group_id,
        shard=seat.shard,
        role="replica",
    )
    group.members[name] = state.clusters[name] = made
    state.tag(made.arn, state.tags(group.arn))
    return made


def _place(group: ReplicationGroup, seat: Seat, state: State, conditions: Conditions) -> Node:
    """The node, in the zone that the world says, else that the request asks for, else that ElastiCache chooses."""
    subnets = state.subnets_by_zone(group.settings.subnet_group)
    name = seat.member_id(group)
    zones = [zone for zone in subnets if zone not in conditions.refused_zones]
    # ElastiCache's own choice is not documented, except that it separates the nodes of a shard if it can
    first = Random(f"{conditions.seed}/{group.replication_group_id}/{seat.shard}").randrange(len(zones))
    zone = conditions.placements.get(name) or seat.zone or zones[(first + seat.number) % len(zones)]
    subnet_id = Random(f"{conditions.seed}/{name}").choice(subnets[zone])
    return Node("0001", zone, subnet_id)


def delete(group: ReplicationGroup, snapshot: str | None, state: State, conditions: Conditions) -> None:
    """Begin the deletion; the members stay listed until it is over."""
    now = conditions.now()
    if group.life.status(now) not in ("available", "create-failed"):
        raise Refused(
            "InvalidReplicationGroupState",
            f"Replication group {group.replication_group_id} has status {group.life.status(now)}, "
            "which is not valid for deletion.",
        )
    lasting = conditions.draw("cluster_deletion")
    if snapshot and group.life.status(now) != "available":
        # there is nothing to copy (DeleteReplicationGroup: the group is not in the available state)
        raise Refused("InvalidReplicationGroupState", f"{group.replication_group_id} cannot be copied.")
    if snapshot:
        lasting += _snapshot(group, snapshot, state, conditions)
    for life in (group.life, *(member.life for member in group.members.values())):
        life.gone_at = now + lasting
    tell_each(group.members.values(), DELETED, conditions, now + lasting)


def _snapshot(group: ReplicationGroup, name: str, state: State, conditions: Conditions) -> float:
    if name in state.snapshots:
        raise Refused("SnapshotAlreadyExistsFault", f"Snapshot {name} already exists.")
    lasting, made = conditions.draw("snapshot"), group.settings
    state.snapshots[name] = Snapshot(
        name,
        state.arn("snapshot", name),
        group.replication_group_id,
        conditions.now() + lasting,
        made.node_type,
        made.engine,
        made.engine_version,
    )
    return lasting
