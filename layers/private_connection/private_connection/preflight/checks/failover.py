"""Whether a failover moves the primary away from the endpoint that a job writes to."""

from collections.abc import Iterator

from private_connection.preflight.facts import Facts
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest


def check_failover(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    """A node keeps its name and its endpoint service in a failover, and loses its role (ElastiCache User Guide,
    "Minimizing downtime by using Multi-AZ"). The primary endpoint follows, and leads to an address in the VPC only.
    """
    create, found = request.cluster.create, facts.cluster.found
    if found is not None:
        moves = found.group is None and not found.cluster_mode and len(found.member_ids) > 1
    else:
        moves = create is not None and create.cluster_mode == "disabled" and create.replicas_per_shard > 0
    if moves:
        yield finding(
            "PRIMARY_MOVES",
            "cluster.id" if create is None else "cluster.create.replicasPerShard",
            "cluster mode disabled with replicas: after a failover another node takes the writes, and the endpoint of "
            "a node does not follow; a job that goes on writing to it is told READONLY",
            "a job that knows all nodes and turns to the primary, or cluster mode, in which clients find it themselves",
            "enter every node of the hand-off in the portal; its role says which is the primary now",
        )
