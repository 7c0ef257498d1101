"""Delete the subnet group that we created for the cluster."""

from private_connection.cluster.subnet_groups import delete_subnet_group
from private_connection.task import task

lambda_handler = task(delete_subnet_group)
