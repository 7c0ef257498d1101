"""Plan paths: one batch of nodes, in its share of the room."""

from dataclasses import replace
from typing import Final

import pytest

from private_connection.planning import paths
from private_connection.planning.path_looks import Path
from private_connection.planning.paths import PlannedPaths, PlanPaths, plan_paths
from private_connection.registry.entries import Entry
from tests.unit.builders import OURS
from tests.unit.planning.test_path_changes import NAME, NODE, UNKNOWN, WHOLE

TAGGED: Final = replace(WHOLE, tags={**WHOLE.tags, "lb": {**OURS, "old": "x"}})
ENTRY: Final = Entry(connection="redis-demo", request={"workspaceId": "ws-1", "tags": {"old": "x"}})


def plan(
    monkeypatch: pytest.MonkeyPatch, path: Path, entry: Entry | None = None, node: object = NODE, of: int = 1
) -> PlannedPaths:
    monkeypatch.setattr(paths, "find_paths", lambda *_: {NODE.node: path})
    monkeypatch.setattr(paths, "find_entry", lambda _: entry)
    fields = {"connection": "redis-demo", "maker": "plan", "nodes": (node,), "of": of, "zone_subnets": {}}
    return plan_paths(PlanPaths.model_validate(fields))


def test_a_batch_tells_its_paths_and_where_its_load_balancers_will_be(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(monkeypatch, Path())
    assert (planned.paths, planned.subnets, planned.subnets_known) == ((NAME,), ("subnet-a",), True)
    assert planned.part.counts.create == 6


def test_places_that_nobody_foresees_are_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(monkeypatch, Path(), node=UNKNOWN)
    assert (planned.subnets, planned.subnets_known) == ((), False)


def test_tags_of_the_recorded_request_go_where_they_are_asked_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan(monkeypatch, TAGGED).part.counts.change == 0
    assert plan(monkeypatch, TAGGED, ENTRY).part.counts.change == 1


def test_of_many_nodes_each_batch_has_its_share_of_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    part = plan(monkeypatch, Path(), of=150).part
    assert 0 < len(part.changes) < part.counts.create == 6
