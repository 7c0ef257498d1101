"""Step 6: a load balancer's endpoint service, acceptance required."""

from private_connection.paths.endpoint_services import ensure_endpoint_service
from private_connection.task import task

lambda_handler = task(ensure_endpoint_service)
