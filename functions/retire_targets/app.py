"""Step 4: deregister the addresses that nodes had before."""

from private_connection.contracts import RetiredTargets, RetireTargets
from private_connection.paths.target_groups import retire_targets
from private_connection.task import task


@task(RetireTargets)
def lambda_handler(event: RetireTargets) -> RetiredTargets:
    return retire_targets(event)
