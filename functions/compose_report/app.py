"""Compose the report of what was removed, what was kept and why, and what remains."""

from private_connection.task import task
from private_connection.teardown.report import compose_report

lambda_handler = task(compose_report)
