"""Reject the endpoint connections of an endpoint service."""

from private_connection.paths.endpoint_connections import reject_connections
from private_connection.task import task

lambda_handler = task(reject_connections)
