"""What a sweep looks at: the input of ``reconcile``."""

from typing import Annotated

from pydantic import Field

from private_connection.contracts import ConnectionName, Contract


class SweepRequest(Contract):
    """The input of ``reconcile``, unless that is a list: the messages of a queue, which ask for a sweep in any case."""

    connection: Annotated[
        ConnectionName | None, Field(description="the name of the connection to look at, or null for all of them")
    ] = None
