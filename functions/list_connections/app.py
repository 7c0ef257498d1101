"""List the connections that the registry holds."""

from private_connection.registry.listing import list_connections
from private_connection.task import task

lambda_handler = task(list_connections)
