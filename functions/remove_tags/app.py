"""Take tags of the user's that are not asked for any more off everything of a connection but its paths."""

from private_connection.former_tags import remove_tags
from private_connection.task import task

lambda_handler = task(remove_tags)
