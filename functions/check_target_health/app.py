"""Step 5: read whether the load balancers are active, the nodes healthy and the services available."""

from private_connection.paths.target_health import check_target_health
from private_connection.task import task

lambda_handler = task(check_target_health)
