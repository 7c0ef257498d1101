"""One look at what is left of a connection."""

from private_connection.task import task
from private_connection.teardown.contracts import FindOwned, Owned
from private_connection.teardown.looks import find_owned


@task(FindOwned)
def lambda_handler(event: FindOwned) -> Owned:
    return find_owned(event)
