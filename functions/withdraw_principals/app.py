"""Shut out whoever is admitted to an endpoint service beside Ververica's account."""

from private_connection.paths.principals import withdraw_principals
from private_connection.task import task

lambda_handler = task(withdraw_principals)
