"""Refuse a teardown while somebody is connected or a load balancer is protected."""

from private_connection.paths.endpoint_connections import check_connections
from private_connection.task import task

lambda_handler = task(check_connections)
