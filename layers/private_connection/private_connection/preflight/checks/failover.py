"""Whether a job that writes finds a node that takes it: now, and after a failover."""

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


def check_read_only(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    """A secondary member of a Global Datastore takes no writes from clients, also not its nodes that ElastiCache calls
    primary (ElastiCache User Guide, "Replication across AWS Regions using global datastores").
    """
    found = facts.cluster.found
    if found is not None and found.follows is not None:
        yield finding(
            "CLUSTER_READ_ONLY",
            "cluster.id",
            f"a secondary member of the Global Datastore {found.follows}: all its nodes are for reading, and a job "
            "that writes is told READONLY",
            "the primary member, where jobs write",
            "have jobs of this connection read only, or connect the primary member in its Region; once this one is "
            "promoted, it takes writes",
        )
