"""The parts of a plan, put together."""

import json
from typing import Any

import pytest

from private_connection.handoff import WideBalancer
from private_connection.planning import composing as composing_step
from private_connection.planning.changes import created, found, part, withdrawn
from private_connection.planning.composing import FINDINGS, ROOM, ComposePlan, compose_plan
from private_connection.planning.plan import Counts
from private_connection.preflight.cost import UNKNOWN_NODES, Cost, NodesMade, Quantities, estimate
from private_connection.preflight.price_list import PriceList, Unknown
from private_connection.request.findings import finding
from tests.unit.builders import a_creation, a_plan
from tests.unit.fake_aws import FakeAws

WARNING = finding("SEVERAL_ZONES", "cluster.id", "a", "b", "c")


def composing(**changes: Any) -> ComposePlan:
    fields: dict[str, Any] = {
        "connection": "redis-demo",
        "workspace_id": "ws-1",
        "cluster": a_plan(),
        "looked_at": "2026-01-31T12:00:00Z",
        "changes": (),
        "parts": (),
        "findings": (),
        "beyond": (),
        "nodes": 3,
        "nodes_known": True,
        "staying_load_balancers": 0,
    }
    return ComposePlan(**fields | changes)


def test_a_plan_has_all_its_parts_node_by_node(aws: FakeAws) -> None:
    of_nodes = [part([created("target", name, {}, name)], 10_000) for name in ("b", "a")]
    plan = compose_plan(composing(changes=(found("role", "r"),), parts=(*of_nodes, part([withdrawn("role", "x")], 99))))
    assert [each.name for each in plan.changes] == ["r", "a", "b"]
    assert plan.counts == Counts(create=2, keep=1, withdraw=1)
    assert plan.left_out == 1, "the part that had no room"
    assert (plan.status, plan.region) == ("PLANNED", "eu-central-1")


@pytest.fixture(autouse=True)
def estimated(monkeypatch: pytest.MonkeyPatch) -> list[Quantities]:
    """What was estimated, of which nothing has a price."""
    asked: list[Quantities] = []
    cost = estimate

    def estimating(quantities: Quantities) -> Cost:
        asked.append(quantities)
        return cost(quantities)

    monkeypatch.setenv("RECONCILE_MINUTES", "15")
    monkeypatch.setattr(PriceList, "price", lambda *_: Unknown("nobody knows"))
    monkeypatch.setattr(composing_step, "estimate", estimating)
    return asked


@pytest.mark.parametrize(
    ("creation", "changes", "made"),
    [
        (None, (), ()),
        (a_creation(), (found("replicationGroup", "redis-demo"),), ()),
        (
            a_creation(),
            (created("replicationGroup", "redis-demo"),),
            (NodesMade(type="cache.t4g.micro", engine="redis", count=3),),
        ),
    ],
    ids=["adopted", "there already", "to be made"],
)
def test_the_cost_is_of_all_paths_and_of_the_nodes_that_are_made(
    estimated: list[Quantities], creation: Any, changes: Any, made: Any
) -> None:
    cluster = a_plan(creation)
    plan = compose_plan(composing(cluster=cluster, changes=changes))
    assert estimated == [Quantities(load_balancers=3, made=made)]
    assert not plan.cost.complete


def test_of_nodes_that_nobody_knows_yet_nothing_is_counted(estimated: list[Quantities]) -> None:
    plan = compose_plan(composing(nodes=0, nodes_known=False))
    assert estimated == [Quantities(load_balancers=0, nodes_known=False)]
    assert UNKNOWN_NODES in plan.cost.not_counted


def test_load_balancers_that_stay_are_paid_for(estimated: list[Quantities]) -> None:
    compose_plan(composing(staying_load_balancers=2))
    assert estimated == [Quantities(load_balancers=3, staying=2)]


def test_findings_are_told_once(aws: FakeAws) -> None:
    kept = WideBalancer(node="a", subnets=("subnet-a", "subnet-b"), spread=True)
    told, of_zones = compose_plan(composing(findings=(WARNING, WARNING), beyond=(kept,))).findings
    assert (of_zones.code, "(a in subnet-a, subnet-b)" in of_zones.message) == ("ZONES_KEPT", True)
    assert (told.code, told.message) == ("SEVERAL_ZONES", "found a; expected b")


def test_a_plan_fits_and_counts_what_has_no_room(aws: FakeAws) -> None:
    many = tuple(created("loadBalancer", f"pc-{number:040}", {"zones": "z" * 60}, "n" * 40) for number in range(900))
    plan = compose_plan(composing(changes=many))
    told = json.dumps(plan.model_dump(mode="json", by_alias=True))
    assert ROOM - FINDINGS - 1_000 < len(told) < ROOM
    assert plan.counts.create == 900 == len(plan.changes) + plan.left_out
