"""Step 5: fail if a node is not healthy, and name every such node."""

from private_connection.task import task
from private_connection.verdict import judge_target_health

lambda_handler = task(judge_target_health)
