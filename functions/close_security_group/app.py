"""End the connection's use of a security-group rule."""

from private_connection.security_groups import close_security_group
from private_connection.task import task
from private_connection.teardown_contracts import CloseSecurityGroup, Done


@task(CloseSecurityGroup)
def lambda_handler(event: CloseSecurityGroup) -> Done:
    return close_security_group(event)
