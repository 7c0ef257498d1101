"""Turn away whoever is connected to an endpoint service."""

from private_connection.paths.endpoint_connections import reject_connections
from private_connection.task import task
from private_connection.teardown.contracts import Done, ServiceReference


@task(ServiceReference)
def lambda_handler(event: ServiceReference) -> Done:
    return reject_connections(event)
