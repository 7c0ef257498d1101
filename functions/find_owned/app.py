"""One look at what is left of a connection."""

from private_connection.task import task
from private_connection.teardown import find_owned
from private_connection.teardown_contracts import FindOwned, Owned


@task(FindOwned)
def lambda_handler(event: FindOwned) -> Owned:
    return find_owned(event)
