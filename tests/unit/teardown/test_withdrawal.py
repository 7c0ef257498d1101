"""One look of a withdrawal: what stays with what, and the findings that name what stays."""

from collections.abc import Mapping
from typing import Final

import pytest

from private_connection.cluster.descriptions import Cluster
from private_connection.errors import NAMED_AT_MOST
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.request.codes import CODES
from private_connection.teardown import withdrawal
from private_connection.teardown.keeping import Kept, kept_things
from private_connection.teardown.withdrawal import TEXTS, judge_surplus, surplus_findings, told_of
from private_connection.things import Thing, key
from tests.unit.builders import a_thing, a_wanted, an_existing

RAISED: Final = [(code,) for code in TEXTS]
"""The codes of what stays though it is surplus."""
WANTED: Final = a_wanted()
CONNECTED: Final = "vpce-1 of account 794031221915 is connected, so that load balancer pc-b stays, too"
SERVICE: Final = a_thing("endpointService", "vpce-svc-b", id="vpce-svc-b", within="pc-b")
BALANCER: Final = a_thing("loadBalancer", "pc-b", cluster="redis-demo")
TARGETS: Final = a_thing("targetGroup", "pc-b", within="pc-b", node="redis-demo-002")
PATH: Final = [SERVICE, BALANCER, TARGETS]
RULE: Final = a_thing("securityGroupRule", "sgr-2", cluster="redis-demo")
ELSEWHERE: Final = [
    a_thing("loadBalancer", "pc-o", cluster="orders"),
    a_thing("securityGroupRule", "sgr-o", cluster="orders"),
    a_thing("role", "old-role"),
]


class Stage:
    """The cluster that is asked for, and how often somebody looked."""

    def __init__(self) -> None:
        self.cluster: Cluster | None = an_existing()
        self.looks: list[tuple[str, str]] = []

    def find_cluster(self, cluster_id: str, kind: str) -> Cluster | None:
        self.looks.append((cluster_id, kind))
        return self.cluster


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    monkeypatch.setattr(withdrawal, "find_cluster", stage.find_cluster)
    return stage


def endpoint(state: str = "available", service: str = "vpce-svc-b") -> EndpointConnection:
    return EndpointConnection(service, "vpce-1", "794031221915", state)


def codes(
    things: list[Thing], *connections: EndpointConnection, stopped: tuple[str, ...] = ()
) -> Mapping[str, str | None]:
    """The code of each thing that stays, by its kind."""
    surplus, staying = judge_surplus(things, WANTED, stopped, connections)
    kinds = {key(thing): thing.kind for thing in surplus}
    return {kinds[each]: reason.code for each, reason in staying.items()}


# ------------------------------------------------------------------ what stays


def test_a_path_that_nobody_uses_goes(stage: Stage) -> None:
    surplus, staying = judge_surplus([*PATH, RULE], WANTED, (), [])
    assert (surplus, staying) == ([*PATH, RULE], {})
    assert stage.looks == [("redis-demo", "replicationGroup")]


@pytest.mark.parametrize("state", ["available", "pending", "partial"])
def test_a_service_in_use_stays_with_what_it_stands_on(stage: Stage, state: str) -> None:
    held = {"endpointService": "SURPLUS_IN_USE", "loadBalancer": None, "targetGroup": None}
    assert codes(PATH, endpoint(state), stopped=("vpce-svc-b",)) == held
    _, staying = judge_surplus(PATH, WANTED, ("vpce-svc-b",), [endpoint(state)])
    assert [each.why for each in staying.values()] == [
        CONNECTED,
        "endpoint service vpce-svc-b stays",
        "load balancer pc-b stays",
    ]


@pytest.mark.parametrize(
    ("connection", "stopped"),
    [
        (endpoint(), ()),  # it is offered still: whoever is connected is asked for once it is not
        (endpoint("pendingacceptance"), ("vpce-svc-b",)),
        (endpoint("rejected"), ("vpce-svc-b",)),
        (endpoint(service="vpce-svc-a"), ("vpce-svc-b",)),
        (endpoint(service="vpce-svc-a"), ("vpce-svc-a",)),  # at a service that is asked for
    ],
)
def test_a_service_that_nobody_is_connected_to_goes(
    stage: Stage, connection: EndpointConnection, stopped: tuple[str, ...]
) -> None:
    assert codes(PATH, connection, stopped=stopped) == {}


@pytest.mark.parametrize("cluster", [None, an_existing(status="modifying"), an_existing(status="snapshotting")])
def test_while_the_requested_cluster_is_gone_or_changing_nothing_of_it_goes(
    stage: Stage, cluster: Cluster | None
) -> None:
    stage.cluster = cluster
    assert set(codes([*PATH, RULE, *ELSEWHERE]).items()) == {
        (kind, "SURPLUS_LATER") for kind in ("endpointService", "loadBalancer", "targetGroup", "securityGroupRule")
    }


def test_the_path_of_a_node_that_is_the_clusters_again_stays(stage: Stage) -> None:
    stage.cluster = an_existing(shards=dict.fromkeys(("redis-demo-001", "redis-demo-002"), "0001"))
    assert set(codes(PATH).values()) == {"SURPLUS_LATER"}


@pytest.mark.parametrize("things", [ELSEWHERE, [a_thing("loadBalancer", "pc-a", cluster="redis-demo")], []])
def test_where_nothing_of_the_requested_cluster_is_surplus_it_is_not_looked_up(
    stage: Stage, things: list[Thing]
) -> None:
    assert codes(things) == {}
    assert stage.looks == []


def test_what_stands_on_something_that_stays_keeps_its_own_reason(stage: Stage) -> None:
    noted = BALANCER.model_copy(update={"note": "because"})
    _, staying = judge_surplus([SERVICE, noted, TARGETS], WANTED, ("vpce-svc-b",), [endpoint()])
    assert [(each.why, each.code) for each in staying.values()] == [
        (CONNECTED, "SURPLUS_IN_USE"),
        ("because", "SURPLUS_LEFT"),
        ("load balancer pc-b stays", None),
    ]


# ------------------------------------------------------------------ the findings


@pytest.mark.parametrize("code", TEXTS)
def test_what_stays_is_a_warning_that_names_it_with_its_reason(code: str) -> None:
    assert CODES[code].level == "warning"
    (found,) = surplus_findings([(code, "pc-b: because"), (None, "pc-c: as above"), (code, "pc-d: so")])
    assert (found.code, found.level) == (code, "warning")
    assert found.found.endswith("(pc-b: because; pc-d: so)")
    assert found.expected
    assert found.remedy


def test_each_code_is_told_once_in_the_same_order() -> None:
    told = [(code, code.lower()) for code in (*reversed([*TEXTS]), *TEXTS)]
    assert [each.code for each in surplus_findings(told)] == [*TEXTS]


@pytest.mark.parametrize("told", [[], [(None, "pc-b: endpoint service vpce-svc-b stays")]])
def test_what_stays_with_something_else_is_no_finding_of_its_own(told: list[tuple[str | None, str]]) -> None:
    assert list(surplus_findings(told)) == []


@pytest.mark.parametrize(("number", "more"), [(NAMED_AT_MOST, ""), (NAMED_AT_MOST + 2, "; and 2 more")])
def test_of_many_the_first_are_named(number: int, more: str) -> None:
    (found,) = surplus_findings([("SURPLUS_LEFT", f"pc-{each}: so") for each in range(number)])
    assert found.found.count("pc-") == NAMED_AT_MOST
    assert found.found.endswith(f"pc-{NAMED_AT_MOST - 1}: so{more})")


def test_kept_things_are_told_with_code_name_and_reason() -> None:
    kept = [Kept(kind="role", name="a", why="so"), Kept(kind="role", name="b", why="thus", code="SURPLUS_LEFT")]
    assert told_of(kept) == [(None, "a: so"), ("SURPLUS_LEFT", "b: thus")]


def test_a_rule_is_told_by_its_group_range_and_port() -> None:
    rule = a_thing("securityGroupRule", "sgr-1", told="sg-1: 10.0.0.0/24 on 6379 (sgr-1)")
    kept = [*kept_things([rule], {key(rule): "so"}, {key(rule): "SURPLUS_LEFT"})]
    assert told_of(kept) == [("SURPLUS_LEFT", "sg-1: 10.0.0.0/24 on 6379 (sgr-1): so")]
