"""What sweeps write on a connection's item: who is connected, what has been told, and what was new last."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from private_connection.contracts import Contract, Moment
from private_connection.notices.remembered import EndpointChange


class SeenEndpoint(Contract):
    """A consumer's endpoint at one of the connection's services, as sweeps have seen it."""

    endpoint_id: str
    service_id: str
    node: str
    """The node that the service leads to, or led to."""
    owner: str
    """The account that it belongs to."""
    state: str
    """As EC2 has it, in lower case."""
    first_seen: str
    """By the first sweep that recorded it; ISO 8601, UTC."""
    last_seen: str
    """By the last sweep that recorded anything of the endpoints: one that finds them as they were writes nothing."""
    missing: Literal[0, 1] = 0
    """In how many looks in a row it was not listed. After the second it is taken off."""


class Told(Contract):
    """A drift code that sweeps have told, and still find."""

    code: str
    node: str | None = None
    """The node that it is about; null if it is about none."""


class News(Contract):
    """What a sweep recorded last, so that it tells the same again if it never heard of its record."""

    maker: str
    """The sweep's."""
    look: int
    """Which of the sweep's looks it was."""
    at: Moment
    """ISO 8601, UTC."""
    endpoints: tuple[EndpointChange, ...] = ()
    """What changed of the endpoints."""
    more: int = 0
    """How many more endpoints changed."""
    former: tuple[Told, ...] | None = None
    """What was told before; null if the same is told now."""


FORGOTTEN: Final[Mapping[str, Any]] = {"seen": (), "told": (), "modifying_since": None, "news": None}
"""The attributes once nothing is left that sweeps could look at."""
