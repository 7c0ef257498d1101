"""Revoke a security-group rule, or remove the connection's tag from it while others use it."""

from private_connection.cluster.rules import close_security_group
from private_connection.task import task

lambda_handler = task(close_security_group)
