"""Step 6: a load balancer's endpoint service, acceptance required."""

from private_connection.contracts import EnsuredEndpointService, EnsureEndpointService
from private_connection.paths.endpoint_services import ensure_endpoint_service
from private_connection.task import task


@task(EnsureEndpointService)
def lambda_handler(event: EnsureEndpointService) -> EnsuredEndpointService:
    return ensure_endpoint_service(event)
