"""Step 5: the verdict on the health of every node."""

from private_connection.paths.target_health import judge_target_health
from private_connection.task import task

lambda_handler = task(judge_target_health)
