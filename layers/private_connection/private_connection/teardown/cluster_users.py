"""Who uses a cluster beside the connection that is torn down, as the registry has it.

The load balancers of others name the cluster, and are seen by every look; a connection whose load balancers are gone
for now, or of which a tag was lost, is known by its item alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from private_connection.registry.entries import Entry
from private_connection.registry.table import list_readable

USING: Final = ("READY", "TEARING_DOWN")
"""The states of a connection in which its item says which cluster it uses."""


@dataclass(frozen=True, slots=True)
class RegisteredUsers:
    """Other connections of this deployment, by name."""

    of_clusters: tuple[str, ...]
    """Those that are registered with one of the clusters."""
    unknown: tuple[str, ...]
    """Those that may be, as their items cannot be read."""


def find_registered_users(connection: str, cluster_ids: Collection[str]) -> RegisteredUsers:
    """Who else is registered with one of these clusters. Reads the whole table."""
    entries, unreadable = list_readable()
    using = [each for each in entries if each.status in USING and each.request]
    clusters = {each.connection: _cluster(each) for each in using} | dict.fromkeys(unreadable)
    clusters.pop(connection, None)
    return RegisteredUsers(
        of_clusters=tuple(sorted(name for name, cluster in clusters.items() if cluster in cluster_ids)),
        unknown=tuple(sorted(name for name, cluster in clusters.items() if cluster is None)),
    )


def _cluster(entry: Entry) -> str | None:
    """The id of the cluster that an item asks for; null if its request has another form."""
    request: Any = entry.request or {}
    cluster = request.get("cluster")
    found = cluster.get("id") if isinstance(cluster, dict) else None
    return found.lower() if isinstance(found, str) else None
