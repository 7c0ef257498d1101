"""Step 2: let the load balancers reach the node port."""

from private_connection.cluster.security_groups import open_security_group
from private_connection.contracts import OpenedSecurityGroup, OpenSecurityGroup
from private_connection.task import task


@task(OpenSecurityGroup)
def lambda_handler(event: OpenSecurityGroup) -> OpenedSecurityGroup:
    return open_security_group(event)
