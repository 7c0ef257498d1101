"""Delete a target group."""

from private_connection.paths.target_groups import delete_target_group
from private_connection.task import task

lambda_handler = task(delete_target_group)
