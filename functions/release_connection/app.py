"""Take the run off the connection, and record how it ended."""

from private_connection.registry.records import release_connection
from private_connection.task import task

lambda_handler = task(release_connection)
