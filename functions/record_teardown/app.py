"""Record, before the first change, that the connection is being torn down."""

from private_connection.registry.records import record_teardown
from private_connection.task import task

lambda_handler = task(record_teardown)
