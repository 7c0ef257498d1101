"""Read the request of a teardown, whatever JSON it is."""

from private_connection.request.parsing import read_teardown
from private_connection.task import task

lambda_handler = task(read_teardown)
