"""The step Check cluster: whether every node of a cluster can be connected now."""

from collections.abc import Sequence

from private_connection.cluster.cluster_events import told_reason
from private_connection.cluster.clusters import FAILED, GOING, SERVING, find_members, require_listed, require_unlost
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.plan import ClusterPlan
from private_connection.contracts import Contract
from private_connection.errors import ClusterUnusable

AWAITED_TOLD = 3
"""Nodes that are named among those that are waited for."""


class CheckCluster(Contract):
    cluster: ClusterPlan
    tagged: bool = False
    """Whether this run has given it tags."""


class ClusterState(Contract):
    ready: bool
    status: str
    """The cluster's, and beside it the nodes that are waited for while it serves already."""


def check_cluster(request: CheckCluster) -> ClusterState:
    """The step: as `cluster_state`. Of a cluster that failed, the cause has what its events tell."""
    cluster = require_listed(request.cluster)
    try:
        return cluster_state(cluster, tagged=request.tagged)
    except ClusterUnusable as lost:
        if cluster.status in GOING:
            raise
        raise ClusterUnusable(f"{lost}{told_reason(cluster)}") from None


def cluster_state(cluster: Cluster, *, tagged: bool = False) -> ClusterState:
    """Whether every node can be connected now. A cluster that is being modified or backed up still serves.

    A group may be ``available`` before each member is ready (hashicorp/terraform-provider-aws issue 50096). What this
    run has begun to modify itself is to end first: no tag is taken off a cluster that is not available, and nothing
    withdrawn from it. Raises `ClusterUnusable` if the cluster is `LOST`, or a node has failed.
    """
    require_unlost(cluster)
    if cluster.status not in (("available",) if tagged else SERVING):
        return ClusterState(ready=False, status=cluster.status)
    members = find_members(cluster)
    awaited = _awaited(cluster, members)
    ready = not awaited and any(not member.leaving for member in members)
    return ClusterState(ready=ready, status=cluster.status + _told(awaited))


def _awaited(cluster: Cluster, members: Sequence[Member]) -> list[str]:
    """The nodes that stay, or do not show, and have no endpoint: they lack it while they are being added or replaced.

    Raises `ClusterUnusable` if one of them never gets it.
    """
    failed = [f"{each.id} is {each.status}" for each in members if each.address is None and each.status in FAILED]
    if failed:
        raise ClusterUnusable(
            f"waiting for cluster ({cluster.id}): it is {cluster.status}, and of its nodes {', '.join(failed)}; "
            "ElastiCache's events (DescribeEvents) tell the reason"
        )
    answering = {each.id for each in members if each.address is not None or each.leaving}
    return [each for each in cluster.member_ids if each not in answering]


def _told(awaited: Sequence[str]) -> str:
    named = [*awaited[:AWAITED_TOLD], *([f"{len(awaited) - AWAITED_TOLD} more"] if awaited[AWAITED_TOLD:] else [])]
    return f", without an endpoint of {', '.join(named)}," if named else ""
