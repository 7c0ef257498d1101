"""What a sweep looks at: the input of ``reconcile``."""

from typing import Annotated

from pydantic import Field

from private_connection.contracts import ConnectionName, Contract


class SweepRequest(Contract):
    """The input of ``reconcile``, unless that is a list of messages, which ask for a sweep whatever they say."""

    connection: Annotated[
        ConnectionName | None, Field(description="the name of the connection to look at, or null for all of them")
    ] = None
