"""What a sweep looks at: the input of ``reconcile``."""

from typing import Annotated

from pydantic import Field, JsonValue, RootModel

from private_connection.contracts import ConnectionName, Contract


class SweepRequest(Contract):
    """What a sweep looks at."""

    connection: Annotated[
        ConnectionName | None, Field(description="the name of the connection to look at, or null for all of them")
    ] = None


class SweepInput(RootModel[SweepRequest | list[JsonValue]]):
    """The input of ``reconcile``. A list is the messages of a queue, which ask for a sweep whatever they say."""
