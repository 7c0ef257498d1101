"""Plan paths: one batch of nodes, in its share of the room."""

from dataclasses import replace
from typing import Final

import pytest

from private_connection.ownership import Tags
from private_connection.planning import paths
from private_connection.planning.path_looks import Path
from private_connection.planning.paths import PlannedPaths, PlanPaths, plan_paths
from private_connection.registry.entries import Entry
from tests.unit.builders import OURS
from tests.unit.planning.test_path_changes import NAME, NODE, UNKNOWN, WHOLE

TAGGED: Final = replace(WHOLE, tags={**WHOLE.tags, "lb": {**OURS, "old": "x"}})
NOWHERE: Final[Tags] = {}
ENTRY: Final = Entry(connection="redis-demo", request={"workspaceId": "ws-1", "tags": {"old": "x"}})


def plan(
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    entry: Entry | None = None,
    node: object = NODE,
    of: int = 1,
    zone_subnets: Tags = NOWHERE,
) -> PlannedPaths:
    monkeypatch.setattr(paths, "find_paths", lambda *_: {NODE.node: path})
    monkeypatch.setattr(paths, "find_entry", lambda _: entry)
    fields = {"connection": "redis-demo", "maker": "plan", "nodes": (node,), "of": of, "zone_subnets": zone_subnets}
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


def in_zones(*zones: str, **tags: str) -> Path:
    """The path, whose load balancer is in these zones, each with the subnet of its letter."""
    assert WHOLE.balancer is not None
    balancer = replace(WHOLE.balancer, zones={each: f"subnet-{each[-1]}" for each in zones})
    return replace(WHOLE, balancer=balancer, tags={**WHOLE.tags, balancer.arn: {**OURS, **tags}})


A, B = "us-east-1a", "us-east-1b"


@pytest.mark.parametrize(
    ("path", "everywhere", "beyond"),
    [
        (in_zones(A), {}, []),
        (in_zones(A, B), {}, [(("subnet-a", "subnet-b"), False)]),
        (in_zones(B), {}, [(("subnet-b", "subnet-a"), False)]),
        (in_zones(A, B, **{"private-connection/zones": "all"}), {}, [(("subnet-a", "subnet-b"), True)]),
        (in_zones(A, B), {A: "subnet-a", B: "subnet-b"}, []),
        (Path(), {}, []),
    ],
    ids=["its own", "a former one", "another", "all, as was asked", "all, as is asked", "no path"],
)
def test_zones_that_are_kept_and_not_asked_for_are_told(
    monkeypatch: pytest.MonkeyPatch, path: Path, everywhere: Tags, beyond: list[object]
) -> None:
    planned = plan(monkeypatch, path, zone_subnets=everywhere)
    assert [(each.subnets, each.spread) for each in planned.beyond] == beyond


def test_of_many_nodes_each_batch_has_its_share_of_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    part = plan(monkeypatch, Path(), of=150).part
    assert 0 < len(part.changes) < part.counts.create == 6
