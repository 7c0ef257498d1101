"""Step 1: one look at whether the cluster is available."""

from private_connection.cluster.clusters import check_cluster
from private_connection.contracts import ClusterReference, ClusterState
from private_connection.task import task


@task(ClusterReference)
def lambda_handler(event: ClusterReference) -> ClusterState:
    return check_cluster(event)
