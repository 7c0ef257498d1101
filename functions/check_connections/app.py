"""Nothing may be changed while somebody is connected."""

from private_connection.paths.endpoint_connections import check_connections
from private_connection.task import task
from private_connection.teardown.contracts import CheckConnections, Connections


@task(CheckConnections)
def lambda_handler(event: CheckConnections) -> Connections:
    return check_connections(event)
