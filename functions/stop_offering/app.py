"""Remove the allowed principals of an endpoint service."""

from private_connection.paths.principals import stop_offering
from private_connection.task import task

lambda_handler = task(stop_offering)
