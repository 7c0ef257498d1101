"""Find what of the registered connections is not as a run left it."""

from private_connection.reconcile.sweep import find_drift
from private_connection.task import task

lambda_handler = task(find_drift)
