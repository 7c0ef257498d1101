"""Claim the connection: one run works on it at a time."""

from private_connection.registry.claims import claim_connection
from private_connection.task import task

lambda_handler = task(claim_connection)
