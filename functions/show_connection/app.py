"""Show everything that the registry holds of a connection."""

from private_connection.registry.listing import show_connection
from private_connection.task import task

lambda_handler = task(show_connection)
