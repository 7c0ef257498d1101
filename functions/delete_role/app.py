"""Delete the role that we created for the workspace."""

from private_connection.access.roles import delete_role
from private_connection.task import task

lambda_handler = task(delete_role)
