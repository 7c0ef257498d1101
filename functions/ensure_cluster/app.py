"""Step 1: create the cluster, or take the one that exists."""

from private_connection.cluster.replication_groups import ensure_cluster
from private_connection.contracts import EnsureCluster, EnsuredCluster
from private_connection.task import task


@task(EnsureCluster)
def lambda_handler(event: EnsureCluster) -> EnsuredCluster:
    return ensure_cluster(event)
