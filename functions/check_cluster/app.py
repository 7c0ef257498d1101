"""Step 1: read whether the cluster is available."""

from private_connection.cluster.readiness import check_cluster
from private_connection.task import task

lambda_handler = task(check_cluster)
