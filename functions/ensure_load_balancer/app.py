"""Step 5: a node's Network Load Balancer."""

from private_connection.paths.load_balancers import ensure_load_balancer
from private_connection.task import task

lambda_handler = task(ensure_load_balancer)
