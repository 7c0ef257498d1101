"""Step 5: fail if a node is not healthy, and name every such node."""

from private_connection.paths.target_health import judge_target_health
from private_connection.task import task

lambda_handler = task(judge_target_health)
