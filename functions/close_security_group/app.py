"""End the connection's use of a security-group rule."""

from private_connection.cluster.rules import close_security_group
from private_connection.task import task

lambda_handler = task(close_security_group)
