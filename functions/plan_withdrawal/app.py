"""Plan: what is taken away."""

from private_connection.planning.withdrawal import plan_withdrawal
from private_connection.task import task

lambda_handler = task(plan_withdrawal)
