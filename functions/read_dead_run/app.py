"""Read which run an event says has ended."""

from private_connection.registry.recovery import read_dead_run
from private_connection.task import task

lambda_handler = task(read_dead_run)
