"""Step 6: allow Ververica's account to ask for connections."""

from private_connection.paths.principals import allow_principal
from private_connection.task import task

lambda_handler = task(allow_principal)
