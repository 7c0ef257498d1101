"""Delete an endpoint service."""

from private_connection.paths.endpoint_services import delete_endpoint_service
from private_connection.task import task
from private_connection.teardown.contracts import Done, ServiceReference


@task(ServiceReference)
def lambda_handler(event: ServiceReference) -> Done:
    return delete_endpoint_service(event)
