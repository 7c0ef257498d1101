"""What the registry knows of acceptance's connection."""

from collections.abc import Mapping
from typing import Any

from acceptance.names import CONNECTION
from acceptance.site import Site
from private_connection_cli.problems import Problem
from private_connection_cli.registry import list_connections, show_connection


def known(site: Site) -> dict[str, Any]:
    """The connection's item; empty if the registry has none."""
    names = list_connections(site.deployment).names
    return show_connection(site.deployment, CONNECTION) if CONNECTION in names else {}


def cluster_of(item: Mapping[str, Any]) -> str | None:
    """The cluster that the connection was asked for. One of another name was adopted, whoever made it: it stays."""
    found = ((item.get("request") or {}).get("cluster") or {}).get("id")
    return None if found is None else str(found)


def refuse_foreign(item: Mapping[str, Any]) -> None:
    """Raises Problem for a connection of this name that is no acceptance's: its workspace id is not drawn by us."""
    workspace = str((item.get("request") or {}).get("workspaceId") or "")
    drawn = len(workspace) == 32 and all(each in "0123456789abcdef" for each in workspace)
    if workspace and not drawn:
        raise Problem(f"the connection {CONNECTION} is of the workspace {workspace}, which no acceptance has drawn")
