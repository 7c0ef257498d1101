"""Delete the cluster that we created, and what was made for it."""

from private_connection.removal import delete_cluster
from private_connection.task import task
from private_connection.teardown.contracts import DeleteCluster, Done


@task(DeleteCluster)
def lambda_handler(event: DeleteCluster) -> Done:
    return delete_cluster(event)
