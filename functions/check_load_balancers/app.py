"""Step 5: one look at whether the load balancers are active."""

from private_connection.contracts import CheckLoadBalancers, LoadBalancersState
from private_connection.load_balancers import check_load_balancers
from private_connection.task import task


@task(CheckLoadBalancers)
def lambda_handler(event: CheckLoadBalancers) -> LoadBalancersState:
    return check_load_balancers(event)
