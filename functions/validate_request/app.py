"""Step 0: check the request against the account, before anything is created."""

from private_connection.preflight.validation import validate_request
from private_connection.task import task

lambda_handler = task(validate_request)
