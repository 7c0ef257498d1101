"""Step 1: create the cluster unless it exists."""

from private_connection.cluster.creation import ensure_cluster
from private_connection.task import task

lambda_handler = task(ensure_cluster)
