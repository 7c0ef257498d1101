"""What is told of a connection: one contract for each kind of event, with a JSON Schema in docs/schema/event-*.json.

Rules send events on to mails, chats and other accounts, so an event holds what a receiver has to act on and no more.
The workspace id is left out, because it is the external id with which the access role is assumed, and so are the role's
ARN, tags and the nodes' addresses. A finding is its code and field, an error its name: their messages may quote the
request or a policy, and so the external id. Whoever may read the execution finds all of that there.

EventBridge delivers an event at least once, and a step that is repeated puts it again. So an event has an id, which is
the same however often it is put: a receiver that has seen it does nothing.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from private_connection.contracts import ConnectionName, Contract, Port
from private_connection.handoff import Change, Handoff
from private_connection.naming import digest
from private_connection.notices.remembered import EndpointChange, ToldFinding


class Notice(Contract, json_schema_serialization_defaults_required=True):
    """What every event says."""

    detail_type: ClassVar[str]
    cut_first: ClassVar[tuple[str, ...]] = ()
    """The lists that are cut where an event is too large, in this order."""

    version: Literal[1] = 1
    """Another number says that an event of this kind has other fields."""
    id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    """The same whenever the same event is put again."""
    connection: ConnectionName
    execution: str
    """The ARN of the execution that it tells of."""
    at: str
    """When it was written down; ISO 8601, UTC."""
    left_out: dict[str, int] = Field(default_factory=dict)
    """How many entries each list lacks that had no room."""


class ToldEndpoint(Contract):
    """A node, and the endpoint service that leads to it."""

    node: str
    endpoint: str
    port: Port
    availability_zone_id: str
    service_name: str
    service_id: str


class HandedOver(Notice):
    """What a run tells that has recorded the connection."""

    cut_first = ("findings", "changes", "endpoints")

    cluster_id: str
    findings: tuple[ToldFinding, ...]
    changes: tuple[Change, ...]
    """Service names since the last hand-off, ordered by node; in a first one every node is new."""
    endpoints: tuple[ToldEndpoint, ...]


class Ready(HandedOver):
    """A run has made the connection as it was asked for."""

    detail_type = "Ready"


class DriftRepaired(HandedOver):
    """A run that a sweep started has put the connection right. It is told instead of `Ready`."""

    detail_type = "Drift Repaired"

    drift: tuple[str, ...]
    """The drift codes that the run was started for."""


Death = Literal["FAILED", "ABORTED", "TIMED_OUT", "UNKNOWN"]


class Failed(Notice):
    """A run on the connection has failed, or has died."""

    detail_type = "Failed"

    machine: Literal["provision", "teardown"]
    status: Death
    """ABORTED and TIMED_OUT of a run that died, UNKNOWN of one of which Step Functions does not say how."""
    error: str | None
    """The name of the error, for which the runbook says what to do; null of a run that died."""
    is_ready: bool
    """Whether the connection is READY all the same: the last run that succeeded is in force."""


class FindingsChanged(Notice):
    """There are findings that were not told before, or some of those that were are no more."""

    detail_type = "Findings Changed"
    cut_first = ("findings", "gone", "added")

    found_by: Literal["run", "sweep"]
    """Which of the two. What a run found and what sweeps found are compared apart."""
    findings: tuple[ToldFinding, ...]
    """All that there are now."""
    added: tuple[ToldFinding, ...]
    gone: tuple[ToldFinding, ...]


class ServiceNameChanged(Notice):
    """The endpoint services of some nodes are others than before, so their rows in the portal have to be changed."""

    detail_type = "Service Name Changed"
    cut_first = ("changes",)

    changes: tuple[Change, ...]
    """Ordered by node."""


class ConnectionChanged(Notice):
    """Somebody has connected to the connection's services, or has gone, or AWS has another state for it."""

    detail_type = "Connection Changed"
    cut_first = ("endpoints",)

    endpoints: tuple[EndpointChange, ...]
    """Those that changed."""


class TornDown(Notice):
    """Nothing is left of the connection but what its teardown was to keep."""

    detail_type = "Torn Down"


KINDS: Final[tuple[type[Notice], ...]] = (
    *(Ready, Failed, DriftRepaired, FindingsChanged, ServiceNameChanged, ConnectionChanged, TornDown),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The run that an event tells of, and when what it tells was written down."""

    connection: str
    execution: str
    """Its ARN."""
    maker: str
    """What no other run has, be it of the same name."""
    at: str

    def of(self, kind: type[Notice], *apart: object) -> dict[str, Any]:
        """What every event says, for one of this kind. ``apart`` tells it from others of the same run and kind."""
        identity = digest(self.maker, self.connection, kind.detail_type, *apart, length=32)
        return {"id": identity, "connection": self.connection, "execution": self.execution, "at": self.at}


def told_endpoints(handoff: Handoff) -> tuple[ToldEndpoint, ...]:
    """The endpoints of a hand-off."""
    return tuple(ToldEndpoint(**each.model_dump(include=set(ToldEndpoint.model_fields))) for each in handoff.endpoints)
