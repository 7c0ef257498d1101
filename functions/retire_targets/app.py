"""Step 4: deregister the addresses that nodes had before."""

from private_connection.paths.targets import retire_targets
from private_connection.task import task

lambda_handler = task(retire_targets)
