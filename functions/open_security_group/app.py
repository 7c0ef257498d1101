"""Step 2: let the load balancers reach the node port."""

from private_connection.cluster.rules import open_security_group
from private_connection.task import task

lambda_handler = task(open_security_group)
