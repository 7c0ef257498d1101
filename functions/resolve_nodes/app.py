"""Step 3: each node's endpoint, port, Availability Zone and IP address."""

from private_connection.cluster.nodes import resolve_nodes
from private_connection.task import task

lambda_handler = task(resolve_nodes)
