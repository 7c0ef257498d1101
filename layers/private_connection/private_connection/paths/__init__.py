"""Steps 4 to 6: each node's path, which is an endpoint service, a load balancer and a target group."""
