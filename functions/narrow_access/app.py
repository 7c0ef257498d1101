"""Take off the access role what it allows beside what is wanted."""

from private_connection.access.narrowing import narrow_access
from private_connection.task import task

lambda_handler = task(narrow_access)
