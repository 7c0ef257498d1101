"""Delete a load balancer with its listeners."""

from private_connection.paths.load_balancers import delete_load_balancer
from private_connection.task import task

lambda_handler = task(delete_load_balancer)
