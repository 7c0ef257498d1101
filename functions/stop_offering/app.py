"""Take the principals off an endpoint service."""

from private_connection.paths.endpoint_services import stop_offering
from private_connection.task import task
from private_connection.teardown.contracts import Done, ServiceReference


@task(ServiceReference)
def lambda_handler(event: ServiceReference) -> Done:
    return stop_offering(event)
