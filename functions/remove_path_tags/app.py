"""Take tags of the user's that are not asked for any more off a load balancer and what it leads to."""

from private_connection.paths.path_tags import remove_path_tags
from private_connection.task import task

lambda_handler = task(remove_path_tags)
