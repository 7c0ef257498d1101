"""Step 3: each node's endpoint, port, Availability Zone and IP address."""

from private_connection.cluster.nodes import resolve_nodes
from private_connection.contracts import ResolvedNodes, ResolveNodes
from private_connection.task import task


@task(ResolveNodes)
def lambda_handler(event: ResolveNodes) -> ResolvedNodes:
    return resolve_nodes(event)
