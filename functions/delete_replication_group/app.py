"""Delete the replication group that we created."""

from private_connection.cluster.replication_groups import delete_replication_group
from private_connection.task import task

lambda_handler = task(delete_replication_group)
