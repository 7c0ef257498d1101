"""Step 5: a node's Network Load Balancer, with its listener."""

from private_connection.contracts import EnsuredLoadBalancer, EnsureLoadBalancer
from private_connection.paths.load_balancers import ensure_load_balancer
from private_connection.task import task


@task(EnsureLoadBalancer)
def lambda_handler(event: EnsureLoadBalancer) -> EnsuredLoadBalancer:
    return ensure_load_balancer(event)
