"""Step 4: register a node's IP address in its target group."""

from private_connection.paths.targets import register_target
from private_connection.task import task

lambda_handler = task(register_target)
