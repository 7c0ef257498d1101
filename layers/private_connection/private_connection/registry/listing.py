"""What the registry tells a person: which connections there are, and everything about one of them."""

from pydantic import ValidationError

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import NothingFound
from private_connection.registry.entries import Entry, LastRun, Run, Status, asked_of_drift
from private_connection.registry.table import find_entry, list_readable
from private_connection.request.models import Reconcile


class ListConnections(Contract):
    """Lists all: there is nothing to say."""


class ListedConnection(Contract):
    connection: ConnectionName
    status: Status | None
    """Null for one that nobody asked to be provisioned."""
    revision: int
    working: Run | None
    """The run that works on it now, or was not seen to end."""
    last_run: LastRun | None
    reconcile: Reconcile | None
    """What its request says of drift; null where that is the deployment's to say, and before it was READY."""
    findings: int | None
    """How many findings the hand-off has; null of one that is not READY, whose hand-off is of what there was before."""
    unfinished: tuple[str, ...]
    """The makers whose resources the next run removes first."""
    changed_at: str | None


class ListedConnections(Contract):
    connections: tuple[ListedConnection, ...]
    unreadable: tuple[str, ...]
    """The names of the others, whose items this deployment cannot read: what sweeps tell as `RECORD_UNREADABLE`."""


def list_connections(_: ListConnections) -> ListedConnections:
    """The connections of this deployment, ordered by name. An item that cannot be read hides no other."""
    entries, unreadable = list_readable()
    listed = list[ListedConnection]()
    for entry in sorted(entries, key=lambda entry: entry.connection):
        try:
            listed.append(_listed(entry))
        except ValidationError:  # by what its request says
            unreadable.append(entry.connection)
    return ListedConnections(connections=tuple(listed), unreadable=tuple(sorted(unreadable)))


def _listed(entry: Entry) -> ListedConnection:
    working = entry.worker or entry.holder
    return ListedConnection(
        connection=entry.connection,
        status=entry.status,
        revision=entry.revision,
        working=Run(**working.model_dump(include=set(Run.model_fields))) if working else None,
        last_run=entry.last_run,
        reconcile=asked_of_drift(entry),
        findings=len(entry.findings) if entry.status == "READY" else None,
        unfinished=tuple(entry.unfinished),
        changed_at=entry.changed_at,
    )


class ShowConnection(Contract):
    connection: ConnectionName


def show_connection(request: ShowConnection) -> Entry:
    """Everything that the registry holds of a connection. Raises `NothingFound` if that is nothing."""
    entry = find_entry(request.connection)
    if entry is None:
        raise NothingFound(
            f"showing connection ({request.connection}): the registry has no item of it; list the connections"
        )
    return entry
