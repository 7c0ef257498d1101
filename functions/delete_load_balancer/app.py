"""Delete a load balancer with its listeners."""

from private_connection.paths.load_balancers import delete_load_balancer
from private_connection.task import task
from private_connection.teardown.contracts import Done, LoadBalancerReference


@task(LoadBalancerReference)
def lambda_handler(event: LoadBalancerReference) -> Done:
    return delete_load_balancer(event)
