"""Step 0: look before anything is made."""

from private_connection.contracts import Document, ValidatedRequest
from private_connection.task import task
from private_connection.validation import validate_request


@task(Document)
def lambda_handler(event: Document) -> ValidatedRequest:
    return validate_request(event)
