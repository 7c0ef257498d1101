"""What an event says, and what it is known by."""

import json

import pytest

from private_connection.notices.details import detail_of
from private_connection.notices.events import KINDS, Failed, FindingsChanged, Notice, Origin, Ready, told_endpoints
from private_connection.notices.remembered import ToldFinding
from tests.unit.notices.made import ORIGIN, a_ready, one_of_each
from tests.unit.notices.schemas import required_of, schema_of
from tests.unit.registry.handed_over import a_handoff


def test_there_is_one_of_each_kind() -> None:
    assert [type(each) for each in one_of_each()] == list(KINDS)
    assert [each.detail_type for each in KINDS] == [
        *("Ready", "Failed", "Drift Repaired", "Findings Changed"),
        *("Service Name Changed", "Connection Changed", "Torn Down"),
    ]


@pytest.mark.parametrize("notice", one_of_each(), ids=lambda each: each.detail_type)
def test_an_event_is_as_its_schema_says(notice: Notice) -> None:
    detail = json.loads(detail_of(notice))
    schema_of(notice.detail_type).validate(detail)
    assert (detail["version"], detail["connection"], detail["leftOut"]) == (1, "redis-demo", {})
    assert (detail["execution"], detail["at"]) == (ORIGIN.execution, ORIGIN.at)
    assert set(required_of(notice.detail_type)) == set(detail), "every key is always there"


def test_an_id_is_that_of_the_run_the_kind_and_what_tells_it_apart() -> None:
    assert ORIGIN.of(Ready) == ORIGIN.of(Ready)
    ids = {
        ORIGIN.of(Ready)["id"],
        ORIGIN.of(Failed)["id"],
        ORIGIN.of(Ready, "orders-001")["id"],
        Origin("another", ORIGIN.execution, ORIGIN.maker, ORIGIN.at).of(Ready)["id"],
        Origin(ORIGIN.connection, ORIGIN.execution, "run-1-ffffffff", ORIGIN.at).of(Ready)["id"],
    }
    assert len(ids) == 5
    later = Origin(ORIGIN.connection, ORIGIN.execution, ORIGIN.maker, "2026-02-01T00:00:00Z")
    assert later.of(Ready)["id"] == ORIGIN.of(Ready)["id"]


def test_what_is_told_of_a_hand_off_is_nothing_that_lets_anybody_in() -> None:
    handoff = a_handoff(nodes=2)
    (first, second) = told_endpoints(handoff)
    assert (first.node, second.node) == ("orders-0001-001", "orders-0002-001")
    told = a_ready(endpoints=(first, second)).model_dump_json(by_alias=True)
    for secret in (handoff.workspace_id, handoff.role_arn, handoff.endpoints[0].ip_address):
        assert secret not in told


def test_what_a_sweep_found_is_told_by_code_and_node() -> None:
    drift = ToldFinding(code="NODE_UNHEALTHY", node="orders-0001-001")
    notice = FindingsChanged(
        **ORIGIN.of(FindingsChanged, "NODE_UNHEALTHY"), found_by="sweep", findings=(drift,), added=(drift,), gone=()
    )
    detail = json.loads(detail_of(notice))
    schema_of("Findings Changed").validate(detail)
    assert detail["added"] == [{"code": "NODE_UNHEALTHY", "level": None, "field": None, "node": "orders-0001-001"}]
