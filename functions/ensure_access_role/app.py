"""Step 7: the IAM role that Ververica assumes."""

from private_connection.access.roles import ensure_access_role
from private_connection.contracts import EnsureAccessRole, EnsuredAccessRole
from private_connection.task import task


@task(EnsureAccessRole)
def lambda_handler(event: EnsureAccessRole) -> EnsuredAccessRole:
    return ensure_access_role(event)
