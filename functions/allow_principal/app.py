"""Step 6: allow Ververica's account to ask for connections."""

from private_connection.contracts import AllowedPrincipal, AllowPrincipal
from private_connection.paths.endpoint_services import allow_principal
from private_connection.task import task


@task(AllowPrincipal)
def lambda_handler(event: AllowPrincipal) -> AllowedPrincipal:
    return allow_principal(event)
