"""Delete a target group."""

from private_connection.paths.target_groups import delete_target_group
from private_connection.task import task
from private_connection.teardown.contracts import Done, TargetGroupReference


@task(TargetGroupReference)
def lambda_handler(event: TargetGroupReference) -> Done:
    return delete_target_group(event)
