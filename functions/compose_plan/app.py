"""Plan: put together what its steps have found."""

from private_connection.planning.composing import compose_plan
from private_connection.task import task

lambda_handler = task(compose_plan)
