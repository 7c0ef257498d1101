"""Step 4: a node's target group, with its IP address registered."""

from private_connection.contracts import EnsuredTargetGroup, EnsureTargetGroup
from private_connection.paths.target_groups import ensure_target_group
from private_connection.task import task


@task(EnsureTargetGroup)
def lambda_handler(event: EnsureTargetGroup) -> EnsuredTargetGroup:
    return ensure_target_group(event)
