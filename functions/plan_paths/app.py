"""Plan: what becomes of the paths to some nodes."""

from private_connection.planning.paths import plan_paths
from private_connection.task import task

lambda_handler = task(plan_paths)
