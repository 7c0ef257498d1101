"""Step 5: the listener of a node's load balancer."""

from private_connection.paths.listeners import ensure_listener
from private_connection.task import task

lambda_handler = task(ensure_listener)
