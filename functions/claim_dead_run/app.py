"""Claim the connection of a run that is over and has not released it."""

from private_connection.registry.recovery import claim_dead_run
from private_connection.task import task

lambda_handler = task(claim_dead_run)
