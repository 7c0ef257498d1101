"""Step 4: deregister the former addresses of nodes."""

from private_connection.paths.targets import retire_targets
from private_connection.task import task

lambda_handler = task(retire_targets)
