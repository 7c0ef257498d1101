"""Step 0: look before anything is made."""

from private_connection.preflight.validation import validate_request
from private_connection.task import task

lambda_handler = task(validate_request)
