"""One look at what is left of a connection."""

from private_connection.task import task
from private_connection.teardown.looks import find_owned

lambda_handler = task(find_owned)
