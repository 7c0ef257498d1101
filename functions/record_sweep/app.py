"""Record the sweep, and say whether it has to look once more."""

from private_connection.registry.sweeps import record_sweep
from private_connection.task import task

lambda_handler = task(record_sweep)
