"""Step 0: look before anything is made."""

from private_connection.contracts import Document, ValidatedRequest
from private_connection.preflight.validation import validate_request
from private_connection.task import task


@task(Document)
def lambda_handler(event: Document) -> ValidatedRequest:
    return validate_request(event)
