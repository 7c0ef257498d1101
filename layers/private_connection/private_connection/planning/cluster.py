"""The step Plan cluster: what a run would make of the cluster and its groups, and which nodes it will connect."""

from collections.abc import Iterator, Sequence
from typing import Final

from private_connection.clients import batches
from private_connection.cluster.clusters import find_cluster
from private_connection.cluster.descriptions import Cluster
from private_connection.cluster.nodes import ResolvedNodes, ResolveNodes, resolve_nodes
from private_connection.cluster.plan import ClusterCreation
from private_connection.cluster.readiness import cluster_state
from private_connection.cluster.replication_groups import ownership_tags, require_told
from private_connection.cluster.security_groups import find_cluster_security_group
from private_connection.cluster.subnet_groups import find_subnet_group, subnet_group_tags
from private_connection.contracts import Contract, Owner, ZoneSubnets
from private_connection.naming import cluster_resource
from private_connection.ownership import Tags, is_ours, missing_tags, require_ours
from private_connection.planning.changes import CLUSTER, created, found, tags_put
from private_connection.planning.nodes import PlanCluster, PlannedNode, coming_nodes, settled_nodes
from private_connection.planning.plan import Attribute, PlannedChange, Type

NODES_IN_BATCH: Final = 25
"""Nodes that one call looks at: at four calls for each, in half of the minute that a function has."""

EACH_NODE: Final = "one for each node"
"""What is told of the paths to nodes that nobody can name yet."""
EACH_ADDED: Final = "one for each node that is added"
"""The same where the cluster shows some nodes already."""
PATH: Final[tuple[Type, ...]] = (
    "loadBalancer",
    "targetGroup",
    "listener",
    "target",
    "endpointService",
    "allowedPrincipal",
)


class Batch(Contract):
    """Nodes whose paths are looked at by one call."""

    nodes: tuple[PlannedNode, ...]


class PlannedCluster(Contract):
    changes: tuple[PlannedChange, ...]
    available: bool
    """Whether a run would find it available, and not wait."""
    batches: tuple[Batch, ...]
    nodes: int
    """How many nodes there are in all batches."""
    nodes_known: bool
    """Whether these are all of its nodes: those of a cluster to adopt show once it is available."""
    zone_subnets: ZoneSubnets
    """A subnet in each zone of the cluster, if load balancers shall be in all of them; otherwise none."""


def plan_cluster(request: PlanCluster) -> PlannedCluster:
    """Looks at the cluster as the steps do that make it, wait for it and resolve its nodes. Changes nothing.

    Raises what these raise: `NotOurs`, `ClusterUnusable`, `InvalidRequest`.
    """
    plan = request.cluster
    cluster = find_cluster(plan.id, plan.kind)
    available = cluster is not None and cluster_state(cluster).ready
    resolved = _resolved(request) if available else None
    nodes = [*(coming_nodes(request, cluster) if resolved is None else settled_nodes(request, resolved))]
    return PlannedCluster(
        changes=tuple(_changes(request, cluster, available=available, named=bool(nodes))),
        available=available,
        batches=tuple(Batch(nodes=tuple(each)) for each in batches(nodes, NODES_IN_BATCH)),
        nodes=len(nodes),
        nodes_known=available or plan.creation is not None,
        zone_subnets=request.zone_subnets or (resolved.zone_subnets if resolved is not None else {}),
    )


def _resolved(request: PlanCluster) -> ResolvedNodes:
    return resolve_nodes(ResolveNodes(cluster=request.cluster, prepared=(), zones=request.zones))


def _changes(request: PlanCluster, cluster: Cluster | None, *, available: bool, named: bool) -> Iterator[PlannedChange]:
    """An adopted cluster is never changed, so nothing is told of it, but which nodes nobody can name yet."""
    creation = request.cluster.creation
    if creation is None:
        name = EACH_ADDED if named else EACH_NODE
        yield from () if available else (created(kind, name, {}, None, CLUSTER) for kind in PATH)
        return
    yield from _subnet_group(request, creation)
    yield from _security_group(request, creation)
    name = request.cluster.id
    if cluster is None:
        yield created("replicationGroup", name, dict(_settings(creation)))
        return
    tags = ownership_tags(cluster)
    require_told(cluster, tags)
    require_ours("replication group", name, tags, request)
    yield found("replicationGroup", name, _lacking(request, tags, taggable=cluster.status == "available"))


def _subnet_group(request: PlanCluster, creation: ClusterCreation) -> Iterator[PlannedChange]:
    if not creation.own_subnet_group:
        return
    group = find_subnet_group(creation.subnet_group)
    if group is None:
        yield created("cacheSubnetGroup", creation.subnet_group, {"subnets": ", ".join(sorted(creation.subnet_ids))})
        return
    tags = subnet_group_tags(group)
    if is_ours(tags, request.connection):
        yield found("cacheSubnetGroup", group.name, _lacking(request, tags))


def _security_group(request: PlanCluster, creation: ClusterCreation) -> Iterator[PlannedChange]:
    if creation.security_group_ids:
        return
    name = cluster_resource(request.cluster.id)
    group = find_cluster_security_group(request.cluster.id, creation.vpc_id)
    if group is None:
        yield created("securityGroup", name, {"vpc": creation.vpc_id})
    elif is_ours(group.tags, request.connection):
        yield found("securityGroup", name, _lacking(request, group.tags))


def _lacking(owner: Owner, tags: Tags, *, taggable: bool = True) -> Sequence[Attribute]:
    return [*tags_put(missing_tags(owner, tags), tags)] if taggable else []


def _settings(creation: ClusterCreation) -> Iterator[tuple[str, object]]:
    """What a user asks about a cluster first."""
    yield "engine", creation.engine
    yield "engineVersion", creation.engine_version or "ElastiCache's default"
    yield "nodeType", creation.node_type
    yield "nodes", creation.shards * (1 + creation.replicas_per_shard)
    yield "port", creation.port
    yield "transitEncryption", str(creation.transit_encryption).lower()
    yield "zones", ", ".join(creation.zones) or "ElastiCache's choice"
