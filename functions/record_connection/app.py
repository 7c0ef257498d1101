"""Record the connection as READY, with what was asked for and the hand-off."""

from private_connection.registry.records import record_connection
from private_connection.task import task

lambda_handler = task(record_connection)
