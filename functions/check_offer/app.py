"""Read whether an endpoint service is offered to somebody."""

from private_connection.paths.principals import check_offer
from private_connection.task import task

lambda_handler = task(check_offer)
