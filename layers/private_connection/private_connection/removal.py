"""What belongs to several kinds at once when a connection goes: the access it gave, and the cluster with what was made
for it.
"""

from private_connection import clients
from private_connection.access.roles import delete_role, delete_role_policy
from private_connection.cluster.security_groups import delete_security_group
from private_connection.cluster.subnet_groups import delete_subnet_group
from private_connection.errors import doing
from private_connection.naming import digest
from private_connection.teardown.contracts import DeleteCluster, Done, RemoveAccess

NOT_YET = ("InvalidReplicationGroupState", "InvalidReplicationGroupStateFault", "SnapshotAlreadyExistsFault")


def remove_access(request: RemoveAccess) -> Done:
    """Takes the connection's policy off a role, or deletes the role of ours that has no policy left."""
    if request.thing.kind == "rolePolicy":
        delete_role_policy(request.thing.within or "", request.connection)
    else:
        delete_role(request.thing.id)
    return Done()


def delete_cluster(request: DeleteCluster) -> Done:
    """Deletes the replication group, or once that is gone, its subnet group or security group."""
    match request.thing.kind:
        case "replicationGroup":
            _delete_replication_group(request.thing.id, request.thing.created_by or "", request.final_snapshot)
        case "cacheSubnetGroup":
            delete_subnet_group(request.thing.id)
        case _:
            delete_security_group(request.thing.id)
    return Done()


def _delete_replication_group(group_id: str, created_by: str, final_snapshot: bool) -> None:
    elasticache = clients.elasticache()
    snapshot = {"FinalSnapshotIdentifier": f"{group_id}-{digest(created_by)}"} if final_snapshot else {}
    with doing("deleting replication group", group_id, not_yet=NOT_YET):
        try:
            elasticache.delete_replication_group(ReplicationGroupId=group_id, RetainPrimaryCluster=False, **snapshot)
        except elasticache.exceptions.ReplicationGroupNotFoundFault:
            return
