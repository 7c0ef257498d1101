"""Step 0: read the request, whatever JSON it is."""

from private_connection.request.parsing import read_request
from private_connection.task import task

lambda_handler = task(read_request)
