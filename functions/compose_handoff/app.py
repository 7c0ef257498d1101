"""Step 7: compose what to paste into the Ververica portal."""

from private_connection.handoff import compose_handoff
from private_connection.task import task

lambda_handler = task(compose_handoff)
