"""Step 5: one look at whether every node is healthy."""

from private_connection.paths.target_health import check_target_health
from private_connection.task import task

lambda_handler = task(check_target_health)
