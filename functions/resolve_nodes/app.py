"""Step 3: each node's endpoint, port, Availability Zone and IP address."""

from private_connection.contracts import ClusterReference, ResolvedNodes
from private_connection.nodes import resolve_nodes
from private_connection.task import task


@task(ClusterReference)
def lambda_handler(event: ClusterReference) -> ResolvedNodes:
    return resolve_nodes(event)
