"""Start a run for each connection that is not as it was left, as far as one is due."""

from private_connection.reconcile.repairs import start_repairs
from private_connection.task import task

lambda_handler = task(start_repairs)
