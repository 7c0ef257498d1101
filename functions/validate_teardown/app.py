"""Read the request to tear down."""

from private_connection.request.parsing import validate_teardown
from private_connection.task import task

lambda_handler = task(validate_teardown)
