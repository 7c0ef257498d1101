"""Look closely at nodes of the registered connections, in one batch."""

from private_connection.reconcile.closer import look_closer
from private_connection.task import task

lambda_handler = task(look_closer)
