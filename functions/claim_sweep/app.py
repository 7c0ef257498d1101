"""Claim the sweep: one works at a time, and looks once more for whoever asks meanwhile."""

from private_connection.registry.sweeps import claim_sweep
from private_connection.task import task

lambda_handler = task(claim_sweep)
