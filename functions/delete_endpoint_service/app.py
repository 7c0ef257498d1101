"""Delete an endpoint service."""

from private_connection.paths.endpoint_services import delete_endpoint_service
from private_connection.task import task

lambda_handler = task(delete_endpoint_service)
