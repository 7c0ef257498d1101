"""Read the request to tear down."""

from private_connection.contracts import Document
from private_connection.task import task
from private_connection.teardown.contracts import TeardownRequest
from private_connection.teardown.looks import validate_teardown


@task(Document)
def lambda_handler(event: Document) -> TeardownRequest:
    return validate_teardown(event)
