"""Step 4: a node's target group."""

from private_connection.paths.target_groups import ensure_target_group
from private_connection.task import task

lambda_handler = task(ensure_target_group)
