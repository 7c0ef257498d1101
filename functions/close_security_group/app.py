"""End the connection's use of a security-group rule."""

from private_connection.cluster.security_groups import close_security_group
from private_connection.task import task
from private_connection.teardown.contracts import CloseSecurityGroup, Done


@task(CloseSecurityGroup)
def lambda_handler(event: CloseSecurityGroup) -> Done:
    return close_security_group(event)
