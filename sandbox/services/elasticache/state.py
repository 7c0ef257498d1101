"""The account's ElastiCache resources in moto's backend, and their changes as time passes."""

import string
from collections.abc import Collection, Iterator
from random import Random
from typing import Any

from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import backend, live_regions
from sandbox.services.ec2 import interfaces
from sandbox.services.elasticache.models import (
    CacheCluster,
    Node,
    ReplicationGroup,
    Scaling,
    ServerlessCache,
    Snapshot,
    Spot,
    SubnetGroup,
    UserGroup,
)

DIRECTIONS = (("north", "n"), ("south", "s"), ("central", "c"), ("east", "e"), ("west", "w"))


class State:
    """A typed view of moto's ElastiCache backend of one region."""

    def __init__(self, region: str) -> None:
        self.region, self.backend = region, backend("elasticache", region)
        self.groups: dict[str, ReplicationGroup] = self.backend.replication_groups
        self.clusters: dict[str, CacheCluster] = self.backend.cache_clusters
        self.subnet_groups: dict[str, SubnetGroup] = self.backend.cache_subnet_groups
        self.snapshots: dict[str, Snapshot] = self.backend.snapshots
        self.parameter_groups: dict[str, tuple[str, dict[str, str]]]
        """Groups that are no default ones: family, with `.cluster.on`, and the parameters that were changed."""
        self.parameter_groups = self.backend.__dict__.setdefault("cache_parameter_groups", {})
        self.serverless: dict[str, ServerlessCache] = self.backend.__dict__.setdefault("serverless_caches", {})
        self.user_groups: dict[str, UserGroup] = self.backend.__dict__.setdefault("cache_user_groups", {})
        self.spots: dict[str, Spot] = self.backend.__dict__.setdefault("node_spots", {})
        """By the id of a node that does not exist yet, or that is to be replaced."""
        self.happened: list[Any] = self.backend.__dict__.setdefault("cache_events", [])
        """What DescribeEvents tells (`Happened`)."""

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:elasticache:{self.region}:{ACCOUNT}:{kind}:{name}"

    def tag(self, arn: str, tags: dict[str, str]) -> None:
        self.backend.tag_resource(arn, tags)

    def tags(self, arn: str) -> dict[str, str]:
        tags: dict[str, str] = self.backend.tagging_service.get_tag_dict_for_resource(arn)
        return tags

    def subnet(self, subnet_id: str) -> Any:
        return backend("ec2", self.region).get_subnet(subnet_id)

    def subnets_by_zone(self, subnet_group: str) -> dict[str, list[str]]:
        """The subnets of a subnet group, zones sorted."""
        found: dict[str, list[str]] = {}
        for subnet_id in self.subnet_groups[subnet_group].subnet_ids:
            found.setdefault(self.subnet(subnet_id).availability_zone, []).append(subnet_id)
        return dict(sorted(found.items()))

    def nodes(self) -> Iterator[tuple[CacheCluster, Node]]:
        for cluster in self.clusters.values():
            for node in cluster.nodes:
                yield cluster, node


def region_code(region: str) -> str:
    """`us-west-1` as ElastiCache writes it in its names: `usw1`."""
    area, direction, number = region.rsplit("-", 2)
    for word, letter in DIRECTIONS:
        direction = direction.replace(word, letter)
    return f"{area.replace('-', '')}{direction}{number}"


def new_domain(region: str, random: Random) -> str:
    suffix = "".join(random.choices(string.ascii_lowercase + string.digits, k=6))
    return f"{suffix}.{region_code(region)}.cache.amazonaws.com"


def settle(region: str, conditions: Conditions) -> None:
    if region not in live_regions("elasticache"):
        return
    state, now = State(region), conditions.now()
    for cluster in list(state.clusters.values()):
        if cluster.life.has_nodes(now):
            bring_up(state, cluster)
        if _due(cluster.life.gone_at, now):
            remove_cluster(state, cluster, conditions)
    for group in list(state.groups.values()):
        _settle_group(state, group, now)
    for snapshot in state.snapshots.values():
        snapshot.snapshot_status = "available" if snapshot.available_at <= now else "creating"


def _settle_group(state: State, group: ReplicationGroup, now: float) -> None:
    if group.scaling is not None and group.scaling.at <= now:
        _scale(state, group, group.scaling)
    if _due(group.life.gone_at, now):
        del state.groups[group.replication_group_id]
        state.backend.tagging_service.delete_all_tags_for_resource(group.arn)


def _due(moment: float | None, now: float) -> bool:
    return moment is not None and moment <= now


def listen(region: str, conditions: Conditions, addresses: Collection[str] | None = None) -> None:
    """Find out whether the nodes answer, all or those at these addresses, where real servers stand for them."""
    if conditions.answers is None:
        return
    for _, node in State(region).nodes():
        if node.interface_id and (addresses is None or node.address in addresses):
            answers = conditions.answers(node.address)
            if answers != node.alive:
                node.alive, node.since = answers, conditions.now()


def bring_up(state: State, cluster: CacheCluster) -> None:
    """Give the nodes that have none an address and a network interface."""
    for node in cluster.nodes:
        if not node.interface_id:
            attach(state, cluster, node)
            node.since = max(node.since, cluster.life.ready_at)


def attach(state: State, cluster: CacheCluster, node: Node) -> None:
    description = f"ElastiCache {cluster.cache_cluster_id}"
    groups = cluster.settings.security_groups
    over_ipv6 = cluster.settings.network_type == "ipv6"
    spec = interfaces.Spec(node.subnet_id, groups, description, address=node.address or None, over_ipv6=over_ipv6)
    made = interfaces.create(state.region, spec)
    if made is not None:
        node.interface_id, node.address = made.id, interfaces.answers_at(made)


def move(state: State, cluster: CacheCluster, node: Node, address: str, at: float) -> None:
    """The node is at another address, in the subnet that it has now; its name follows."""
    old, node.interface_id, node.address, node.since = node.interface_id, "", address, at
    attach(state, cluster, node)
    # the old interface keeps its address until the new one has its own
    interfaces.release(state.region, [old], at)


def take_spot(state: State, cluster: CacheCluster) -> None:
    """Put the cluster's node where it has been fixed, which holds once."""
    spot, node = state.spots.pop(cluster.cache_cluster_id, Spot()), cluster.nodes[0]
    node.alive, node.address = spot.alive, spot.address or ""
    if spot.subnet_id:
        node.subnet_id, node.zone = spot.subnet_id, str(state.subnet(spot.subnet_id).availability_zone)


def _scale(state: State, group: ReplicationGroup, scaling: Scaling) -> None:
    group.scaling = None
    group.change(node_type=scaling.node_type)
    for member in group.members.values():
        (node,) = member.nodes
        take_spot(state, member)
        move(state, member, node, node.address, scaling.at)


def remove_cluster(state: State, cluster: CacheCluster, conditions: Conditions) -> None:
    gone_at = cluster.life.gone_at or conditions.now()
    released = [node.interface_id for node in cluster.nodes if node.interface_id]
    interfaces.release(state.region, released, gone_at + conditions.draw("interface_deletion"))
    del state.clusters[cluster.cache_cluster_id]
    if cluster.group_id in state.groups:
        del state.groups[cluster.group_id].members[cluster.cache_cluster_id]
    state.backend.tagging_service.delete_all_tags_for_resource(cluster.arn)
