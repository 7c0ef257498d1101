"""List what is left of a connection and what of it can be deleted now."""

from private_connection.task import task
from private_connection.teardown.looks import find_owned

lambda_handler = task(find_owned)
