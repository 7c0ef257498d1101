"""Plan withdrawal: what goes, what stays, and what there is to know beside it."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from private_connection.errors import AwsRejected, StepError
from private_connection.inventory import Inventory
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.planning import surplus_changes, withdrawal
from private_connection.planning.withdrawal import ROOM, PlannedWithdrawal, PlanWithdrawal, plan_withdrawal
from private_connection.registry.entries import Entry, Holder
from private_connection.teardown import withdrawal as judging
from private_connection.things import Search, Thing
from tests.unit.builders import ACCOUNT, Json, a_rule, a_thing, an_existing

RAISED: Final = [("PLAN_IN_MOTION",)]
"""The code that only a plan finds."""
BALANCER: Final = a_thing("loadBalancer", "pc-b", cluster="redis-demo")
SERVICE: Final = a_thing("endpointService", "vpce-svc-b", id="vpce-svc-b", within="pc-b")
LIVE: Final = EndpointConnection("vpce-svc-b", "vpce-1", "794031221915", "available")
HOLDER: Final = Holder(execution="arn:run", maker="run-1", since="2026-01-31T12:00:00Z", machine="provision")


class Stage:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.things: Sequence[Thing] = ()
        self.connections: Sequence[EndpointConnection] = ()
        self.failures: list[StepError] = []
        self.entry: Entry | None = None
        self.searches: list[Search] = []
        monkeypatch.setattr(withdrawal, "find_inventory", self.find_inventory)
        monkeypatch.setattr(withdrawal, "find_entry", lambda _: self.entry)
        monkeypatch.setattr(judging, "find_cluster", lambda *_: an_existing())
        monkeypatch.setattr(surplus_changes, "find_principals", lambda _: {ACCOUNT})
        monkeypatch.setattr(surplus_changes, "find_rule_users", lambda _: {})
        monkeypatch.setattr(surplus_changes, "find_rules", lambda _: [a_rule()])

    def find_inventory(self, search: Search) -> Inventory:
        self.searches.append(search)
        return Inventory(list(self.things), self.failures, [], [], [], self.connections)

    def plan(self, **changes: Any) -> PlannedWithdrawal:
        fields: Json = {
            "connection": "redis-demo",
            "cluster_id": "redis-demo",
            "kind": "replicationGroup",
            "available": True,
            "nodes": ("redis-demo-001",),
            "nodes_known": True,
            "paths": ("pc-a",),
            "rules": (),
            "rules_known": True,
            "role_name": "their-role",
            "workspace_id": "ws-1",
            "access_policy": "documented",
            "tags": {},
        }
        return plan_withdrawal(PlanWithdrawal(**fields | changes))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def told(planned: PlannedWithdrawal) -> list[tuple[str, str]]:
    return [(each.action, each.type) for each in (*planned.part.changes, *planned.changes)]


def test_what_is_asked_for_stays(stage: Stage) -> None:
    stage.things = [a_thing("loadBalancer", "pc-a", cluster="redis-demo")]
    assert (told(stage.plan()), stage.plan().findings) == ([], ())


def test_a_path_that_is_not_asked_for_goes(stage: Stage) -> None:
    stage.things = [SERVICE, BALANCER]
    assert told(stage.plan()) == [("withdraw", "endpointService"), ("withdraw", "loadBalancer")]
    assert stage.plan().staying_load_balancers == 0


def test_a_rule_that_goes_is_told_with_its_group_range_and_port(stage: Stage) -> None:
    stage.things = [a_thing("securityGroupRule", "sgr-1", id="sgr-1", within="sg-1", cluster="old")]
    (change,) = stage.plan().part.changes
    assert (change.action, change.name) == ("withdraw", "sg-1: 10.0.0.0/24 on 6379 (sgr-1)")


def test_where_somebody_is_connected_the_path_stays_and_is_offered_to_nobody(stage: Stage) -> None:
    stage.things, stage.connections = [SERVICE, BALANCER], [LIVE]
    planned = stage.plan()
    assert told(planned) == [("keep", "endpointService"), ("keep", "loadBalancer"), ("withdraw", "allowedPrincipal")]
    assert [each.code for each in planned.findings] == ["SURPLUS_IN_USE"]
    assert planned.staying_load_balancers == 1


def test_of_paths_that_stay_as_much_is_told_as_has_room(stage: Stage) -> None:
    services = [f"vpce-svc-{each}" for each in range(600)]
    stage.things = [a_thing("endpointService", each, id=each, within=each) for each in services]
    stage.connections = [EndpointConnection(each, "vpce-1", "794031221915", "available") for each in services]
    planned = stage.plan()
    assert (planned.part.counts.keep, planned.part.counts.withdraw) == (600, 600)
    assert len(planned.model_dump_json(by_alias=True)) < ROOM + 8 * 1024


@pytest.mark.parametrize(("nodes_known", "action"), [(True, "withdraw"), (False, "keep")])
def test_of_a_cluster_that_is_made_or_waited_for_goes_what_is_known_to_be_too_much(
    stage: Stage, nodes_known: bool, action: str
) -> None:
    stage.things = [BALANCER]
    assert told(stage.plan(available=False, nodes_known=nodes_known)) == [(action, "loadBalancer")]


def test_a_lookup_that_fails_ends_the_plan(stage: Stage) -> None:
    stage.failures = [AwsRejected("denied")]
    with pytest.raises(AwsRejected):
        stage.plan()


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        (None, []),
        (Entry(connection="redis-demo", status="READY"), []),
        (Entry(connection="redis-demo", holder=HOLDER), ["PLAN_IN_MOTION"]),
        (Entry(connection="redis-demo", unfinished={"run-0": "2026-01-31T12:00:00Z"}), ["PLAN_IN_MOTION"]),
    ],
    ids=["nobody knows it", "at rest", "a run is at work", "a run that died"],
)
def test_a_plan_says_that_all_may_be_otherwise_soon(stage: Stage, entry: Entry | None, codes: list[str]) -> None:
    stage.entry = entry
    assert [each.code for each in stage.plan().findings] == codes


def test_tags_of_the_recorded_request_that_are_not_asked_for_are_looked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawal, "tag_changes", lambda *_: ())
    stage.entry = Entry(connection="redis-demo", request={"workspaceId": "ws-1", "tags": {"old": "x", "team": "a"}})
    stage.plan(tags={"team": "b"})
    assert [search.wanted.tags for search in stage.searches if search.wanted] == [("old",)]
