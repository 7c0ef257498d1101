"""Step 7: what to paste into the Ververica portal."""

from private_connection.contracts import ComposeHandoff, Handoff
from private_connection.handoff import compose_handoff
from private_connection.task import task


@task(ComposeHandoff)
def lambda_handler(event: ComposeHandoff) -> Handoff:
    return compose_handoff(event)
