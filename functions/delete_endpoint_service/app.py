"""Delete an endpoint service."""

from private_connection.endpoint_services import delete_endpoint_service
from private_connection.task import task
from private_connection.teardown_contracts import Done, ServiceReference


@task(ServiceReference)
def lambda_handler(event: ServiceReference) -> Done:
    return delete_endpoint_service(event)
