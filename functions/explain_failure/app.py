"""Reduce the failures of a run to one error name and one sentence."""

from private_connection.failures import explain_failure
from private_connection.task import task

lambda_handler = task(explain_failure)
