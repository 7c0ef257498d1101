"""Delete the security group that we created for the cluster."""

from private_connection.cluster.security_groups import delete_security_group
from private_connection.task import task

lambda_handler = task(delete_security_group)
