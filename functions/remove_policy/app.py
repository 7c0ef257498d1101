"""Remove the connection's policy from a role."""

from private_connection.access.grants import remove_policy
from private_connection.task import task

lambda_handler = task(remove_policy)
