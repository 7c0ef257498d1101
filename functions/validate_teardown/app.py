"""Read the request to tear down."""

from private_connection.contracts import Document
from private_connection.task import task
from private_connection.teardown import validate_teardown
from private_connection.teardown_contracts import TeardownRequest


@task(Document)
def lambda_handler(event: Document) -> TeardownRequest:
    return validate_teardown(event)
