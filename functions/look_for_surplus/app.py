"""Look for what the connection has and its request does not ask for any more."""

from private_connection.surplus import look_for_surplus
from private_connection.task import task

lambda_handler = task(look_for_surplus)
