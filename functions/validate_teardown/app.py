"""Read the request of a teardown."""

from private_connection.request.parsing import validate_teardown
from private_connection.task import task

lambda_handler = task(validate_teardown)
