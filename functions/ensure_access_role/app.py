"""Step 7: the IAM role that Ververica assumes."""

from private_connection.access.access_role import ensure_access_role
from private_connection.task import task

lambda_handler = task(ensure_access_role)
