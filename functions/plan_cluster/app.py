"""Plan: what becomes of the cluster and its groups, and which nodes it has."""

from private_connection.planning.cluster import plan_cluster
from private_connection.task import task

lambda_handler = task(plan_cluster)
