"""Who uses a cluster beside the connection that is torn down, as the registry has it.

The load balancers of others name the cluster, and are seen by every look; a connection whose load balancers are gone
for now, or of which a tag was lost, is known by its item alone.
"""

from collections.abc import Collection
from typing import Final

from private_connection.registry.entries import Entry
from private_connection.registry.table import list_entries

USING: Final = ("READY", "TEARING_DOWN")
"""The states of a connection in which its item says which cluster it uses."""


def find_registered_users(connection: str, cluster_ids: Collection[str]) -> list[str]:
    """Other connections of this deployment that are registered with one of these clusters. Reads the whole table."""
    entries = [each for each in list_entries() if each.connection != connection and each.status in USING]
    return sorted(each.connection for each in entries if _cluster(each) in cluster_ids)


def _cluster(entry: Entry) -> str | None:
    cluster = entry.request["cluster"] if entry.request else None
    return str(cluster["id"]).lower() if isinstance(cluster, dict) else None
