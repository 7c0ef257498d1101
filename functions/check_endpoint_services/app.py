"""Step 6: read whether every endpoint service is available."""

from private_connection.paths.endpoint_services import check_endpoint_services
from private_connection.task import task

lambda_handler = task(check_endpoint_services)
