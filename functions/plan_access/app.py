"""Plan: what becomes of the role that Ververica assumes."""

from private_connection.planning.access import plan_access
from private_connection.task import task

lambda_handler = task(plan_access)
