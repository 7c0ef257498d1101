"""Step 5: one look at whether every node is healthy."""

from private_connection.contracts import CheckTargetHealth, TargetsState
from private_connection.paths.target_health import check_target_health
from private_connection.task import task


@task(CheckTargetHealth)
def lambda_handler(event: CheckTargetHealth) -> TargetsState:
    return check_target_health(event)
