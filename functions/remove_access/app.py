"""Take the connection's policy off the access role, or delete the role."""

from private_connection.removal import remove_access
from private_connection.task import task
from private_connection.teardown.contracts import Done, RemoveAccess


@task(RemoveAccess)
def lambda_handler(event: RemoveAccess) -> Done:
    return remove_access(event)
