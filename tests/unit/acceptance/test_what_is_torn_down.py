"""What acceptance asks a teardown for: a cluster goes only if it is acceptance's own."""

from typing import Any

import pytest
from rich.console import Console

from acceptance import clearing
from acceptance.names import CLUSTER, CONNECTION
from acceptance.site import Site
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.watch.outcomes import Outcome


@pytest.mark.parametrize(
    ("item", "deletes"),
    [
        ({}, True),
        ({"request": {"cluster": {"id": CLUSTER, "create": {}}}}, True),
        ({"request": {"cluster": {"id": "orders"}}}, False),
    ],
)
def test_a_cluster_that_was_adopted_stays(monkeypatch: Any, item: dict[str, Any], deletes: bool) -> None:
    asked: list[dict[str, Any]] = []

    def start(_: Deployment, machine: str, request: dict[str, Any]) -> str:
        asked.append(request)
        return machine

    site = Site(Deployment(Place(region="us-east-1"), "stack", {}, {}))
    monkeypatch.setattr(Site, "now", lambda _: 0.0)
    monkeypatch.setattr(Site, "client", lambda *_: None)
    monkeypatch.setattr(clearing, "known", lambda _: item)
    monkeypatch.setattr(clearing, "start", start)
    monkeypatch.setattr(clearing, "watch", lambda *_: Outcome("run", "SUCCEEDED", None, None, None))
    assert clearing._torn_down(site, print, Console()).succeeded
    assert asked == [{"connection": CONNECTION, "deleteCluster": deletes, "finalSnapshot": False, "force": True}]
