"""The form of the registry's items: one per connection, and the sweep's own."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue

from private_connection.contracts import ConnectionName, Contract, Moment
from private_connection.notices.remembered import ToldFinding
from private_connection.registry.sightings import News, SeenEndpoint, Told
from private_connection.request.models import ConnectionRequest, OnFailure, Reconcile

SCHEMA: Final = 1
"""The number of the form that items have."""
SWEEP: Final = "#sweep"

Machine = Literal["provision", "teardown", "recover"]
Status = Literal["PROVISIONING", "READY", "FAILED", "TEARING_DOWN", "TORN_DOWN"]
Outcome = Literal["READY", "REFUSED", "FAILED", "ROLLBACK_INCOMPLETE", "TORN_DOWN", "REMOVED"]
"""How a run ended. REMOVED is a teardown in the scope of some runs, which leaves the connection's status as it is."""
JsonObject = dict[str, JsonValue]


class Run(Contract):
    """An execution that works on a connection."""

    execution: str
    """Its ARN."""
    maker: str
    since: Moment
    """When it claimed the connection; ISO 8601, UTC."""


class Holder(Run):
    """The run that a connection is claimed by. No other one changes anything of the connection."""

    machine: Machine
    on_failure: OnFailure | None = None
    """What shall become of what it made if it fails; null for a machine that makes nothing."""
    former: Status | None = None
    """The connection's status before the claim."""

    def ended(self, status: str, error: str | None = None) -> "LastRun":
        """This run as the one that last ended. One of recover tells of the run that it finished instead."""
        run = self.model_dump(include={"execution", "maker", "machine"})
        return LastRun(**run, status=status, error=error)


class LastRun(Contract):
    """The run that last ended, or was last found dead."""

    execution: str
    maker: str
    machine: Literal["provision", "teardown"]
    status: str
    """READY, FAILED, TORN_DOWN or REMOVED; of a run that died, what Step Functions says of it, such as ABORTED."""
    error: str | None = None

    def records(self, run: Run) -> bool:
        """Whether it says that the run has recorded the connection as READY."""
        return (self.execution, self.status) == (run.execution, "READY")


class RepairRun(Contract):
    """A run that a sweep had started because the connection was not as it was left."""

    execution: str
    """Its ARN."""
    at: Moment
    """When it claimed the connection; ISO 8601, UTC."""
    drift: tuple[str, ...]
    """The codes that it was started for."""
    failed: bool = False
    """Whether it has ended without having recorded the connection."""


class Item(Contract):
    """What all items have."""

    connection: str
    """The table's key."""
    schema_number: Annotated[Literal[1], Field(alias="schema")] = SCHEMA
    version: str | None = None
    """Stands for the rest of the item as it was written. A write demands that it is still the one that was read."""
    created_at: str | None = None
    changed_at: str | None = None


class Entry(Item):
    """The item of a connection."""

    connection: ConnectionName
    revision: int = 0
    """How often it was recorded that the connection is READY, or is being torn down."""
    status: Status | None = None
    """Null for a connection that nobody asked to be provisioned: of which a run at work or `unfinished` tells alone."""
    request: JsonObject | None = None
    """What the last READY run was asked for, with defaults."""
    handoff: JsonObject | None = None
    findings: tuple[JsonObject, ...] = ()
    findings_told: tuple[ToldFinding, ...] | None = None
    """What notices have said of them; null before the first one."""
    findings_before: tuple[ToldFinding, ...] | None = None
    """What notices had said of them before the run that last let go of it."""
    last_run: LastRun | None = None
    holder: Holder | None = None
    worker: Run | None = None
    """The nested run that works under the holder's claim."""
    unfinished: dict[str, Moment] = Field(default_factory=dict)
    """Makers whose resources are still to be removed, each with the moment from which that may be done (ISO 8601)."""
    kept: LastRun | None = None
    """The run that died and was to keep what it made, until a run has recorded the connection or torn it down."""
    former_tags: tuple[str, ...] = ()
    """Keys of tags that earlier requests had and the recorded one has not, until a run has taken them all off."""
    former_reconcile: Reconcile | None = None
    """What the request said of drift before it last said something else: a pause is undone by asking for it again."""
    replaced: JsonObject | None = None
    """The request and the hand-off that the holder's record replaced, should it never hear of its record."""
    repairs: tuple[RepairRun, ...] = ()
    """The last repairs, the latest last, since a run that repaired nothing recorded the connection."""
    seen: tuple[SeenEndpoint, ...] = ()
    """The endpoints at its services, ordered by node and id. Runs leave them; the next sweep goes on from them."""
    told: tuple[Told, ...] = ()
    """What sweeps told last of what has drifted, the worst first. Runs leave it; the next sweep judges it anew."""
    modifying_since: Moment | None = None
    """When a sweep first found the cluster being modified, of those that found nothing else since; ISO 8601, UTC."""
    news: News | None = None


class Cursor(Contract):
    """The node that was looked at closely last, in the order of connections and nodes."""

    connection: ConnectionName
    node: str


class Sweep(Item):
    """The item of the sweeps, of which one works at a time. No connection can have its key."""

    connection: Literal["#sweep"] = SWEEP
    holder: Run | None = None
    again: bool = False
    """Whether a sweep was asked for while this one worked, which may have looked before what it was asked for."""
    looks: int = 0
    """After how many looks the holder was told to look again: it is told the same if it asks again."""
    last: str | None = None
    """The maker of the sweep that ended last, which is told the same too."""
    cursor: Cursor | None = None
    """Behind which the next sweep begins to look closely; null before the first."""
    unread: str | None = None
    """Why the item before this one could not be read, until a sweep has told so; null of one that follows another."""


def tags_before(entry: Entry) -> tuple[str, ...]:
    """The keys of the tags that a connection's things may have from its requests until now, in order."""
    asked: Any = entry.request.get("tags", {}) if entry.request else {}
    return tuple(sorted({*asked, *entry.former_tags}))


def asked_of_drift(entry: Entry) -> Any:
    """What the recorded request says of drift; None where it leaves that to the deployment, and without a request."""
    return (entry.request or {}).get("reconcile")


def former_wishes(entry: Entry, asked: ConnectionRequest) -> dict[str, Any]:
    """The attributes that tell of requests before the one that a run records."""
    tags = tuple(key for key in tags_before(entry) if key not in asked.tags)
    mode = entry.former_reconcile if asked_of_drift(entry) == asked.reconcile else asked_of_drift(entry)
    return {"former_tags": tags, "former_reconcile": mode if entry.request else None}
