"""Withdrawals, with stubs for functions: nobody is cut off, whatever fails is told, and 150 nodes fit.

A run that was recorded ends READY, whatever becomes of its withdrawal.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Final

import pytest

from private_connection.errors import ConnectionInUse
from tests.draws import SOAKING
from tests.statemachine.stubs import (
    CONNECTION,
    DENIAL,
    MAKER,
    NODES,
    PREPARED,
    WANTED,
    Json,
    Stub,
    answers,
    holding,
    refusing,
    run,
    stubbed,
    things,
)

ROOM: Final = 250_000
SERVICES: Final = ("endpointService", "loadBalancer", "targetGroup")
GROUPS: Final = ("targetGroup",)
SOAKED: Final = pytest.mark.skipif(not SOAKING, reason="make soak tries it")
WITHDRAWAL: Final[Json] = {"connection": CONNECTION, "claim": MAKER, "wanted": {**WANTED, "paths": [], "rules": []}}


def calls(order: list[tuple[str, str]], step: str, answer: Any = None) -> Stub:
    """A function that writes down what it was called for."""

    def stub(event: Json, context: object) -> object:
        order.append((step, event.get("serviceId") or event["services"][0]))
        if isinstance(answer, Exception):
            raise answer
        return answer or {}

    return stub


def connected(services: list[str]) -> list[Any]:
    module = importlib.import_module("private_connection.paths.endpoint_connections")
    return [module.EndpointConnection(each, f"vpce-{each[9:]}", "794031221915", "available") for each in services]


@pytest.mark.parametrize("nodes", [2, pytest.param(NODES, marks=SOAKED)])
def test_whoever_is_connected_stays_so_and_is_named(nodes: int) -> None:
    left = [each for each in things(*SERVICES) if each["kind"] in SERVICES and int(each["name"][18:22]) < nodes]
    services = [each["id"] for each in left if each["kind"] == "endpointService"]
    in_use, order = ConnectionInUse("checking connection (x): 1 live endpoint connection"), list[tuple[str, str]]()
    steps = {step: calls(order, step) for step in ("stop_offering", "reject_connections", "delete_endpoint_service")}
    checking = {"check_connections": calls(order, "check_connections", in_use)}
    with holding(left, {**steps, **checking}, connections=connected(services)) as account:
        ended = run(account, "teardown", WITHDRAWAL)
    report = ended.report.output
    assert (ended.report.status, report["clean"], report["removed"]["counts"]) == ("SUCCEEDED", True, {})
    (found,) = report["findings"]
    assert found["code"] == "SURPLUS_IN_USE"
    assert found["message"].count("of account 794031221915 is connected") == min(nodes, 50)
    assert {step for step, _ in order} == {"stop_offering", "check_connections"}
    assert [step for step, service in order if service == services[0]] == ["stop_offering", "check_connections"]
    assert ended.bytes < ROOM


def test_a_service_is_offered_to_nobody_any_more_before_it_is_asked_who_is_connected_and_deleted_after_that() -> None:
    left, order = things(*SERVICES)[:1], list[tuple[str, str]]()
    steps = ("stop_offering", "check_connections", "reject_connections")
    with holding(left, {step: calls(order, step) for step in steps}) as account:
        ended = run(account, "teardown", WITHDRAWAL)
    assert [step for step, _ in order] == list(steps)
    assert ended.invocations["delete_endpoint_service"] == 1
    assert ended.report.output["removed"]["counts"] == {"endpointService": 1}


@pytest.mark.parametrize("step", ["stop_offering", "check_connections"])
def test_a_service_of_which_nobody_can_tell_who_is_connected_stays(step: str) -> None:
    with holding(things(*SERVICES)[:1], {step: refusing()}) as account:
        ended = run(account, "teardown", WITHDRAWAL)
    (found,) = ended.report.output["findings"]
    assert (ended.report.status, ended.report.output["clean"], found["code"]) == ("SUCCEEDED", False, "SURPLUS_LEFT")
    assert DENIAL[:900] in found["message"]
    assert "delete_endpoint_service" not in ended.invocations


@pytest.mark.parametrize(
    ("failing", "kinds"),
    [
        ("delete_target_group", GROUPS),
        pytest.param("check_connections", SERVICES, marks=SOAKED),
        pytest.param("delete_load_balancer", ("loadBalancer", "targetGroup"), marks=SOAKED),
    ],
)
def test_what_cannot_be_withdrawn_is_named_and_the_report_fits(failing: str, kinds: tuple[str, ...]) -> None:
    left = things(*kinds)[0 if SOAKING else -9 :]
    with holding(left, {failing: refusing()}, task=0.15 if SOAKING else 50.0) as account:
        ended = run(account, "teardown", WITHDRAWAL)
    codes = [each["code"] for each in ended.report.output["findings"]]
    assert (ended.report.status, codes) == ("SUCCEEDED", ["SURPLUS_LEFT", "CLUSTER_LEFT"])
    assert ended.bytes < ROOM


@pytest.mark.parametrize("step", ["read_teardown", "find_owned", "compose_report"])
def test_a_withdrawal_that_fails_altogether_is_a_finding_of_a_run_that_is_ready(step: str) -> None:
    found = {"look_for_surplus": surplus(found=True), "read_teardown": reading}
    with stubbed(of_few_nodes() | found | {step: refusing()}) as account:
        ended = run(account, "provision", {"connection": CONNECTION})
    assert ended.report.status == "SUCCEEDED"
    (found_then,) = ended.report.output["findings"]
    assert found_then["code"] == "SURPLUS_LEFT"
    assert set(found_then) == {"code", "level", "field", "message", "remedy"}
    assert f": {DENIAL[:500]}" in found_then["message"]


def of_few_nodes() -> dict[str, object]:
    """The functions of a run that connects two nodes."""
    made = answers(*PREPARED)
    resolved: Any = made["resolve_nodes"]
    return made | {"resolve_nodes": resolved | {"nodes": resolved["nodes"][:2]}}


def surplus(*, found: bool) -> Json:
    answer: Any = answers(*PREPARED)["look_for_surplus"]
    few = {name: WANTED[name][:2] for name in ("nodes", "paths", "tags")}
    return {**answer, "found": found, "wanted": WANTED | few}


def reading(event: Json, context: object) -> object:
    return (
        importlib.import_module("private_connection.request.parsing")
        .read_teardown(importlib.import_module("private_connection.contracts").Document(event))
        .model_dump(mode="json", by_alias=True)
    )


@pytest.mark.parametrize(
    ("functions", "nodes"), [(of_few_nodes(), 2), pytest.param(answers(*PREPARED), NODES, marks=SOAKED)]
)
@pytest.mark.parametrize(
    ("found", "strangers", "starts"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_a_withdrawal_is_started_only_where_there_is_something_to_withdraw(
    functions: dict[str, object], nodes: int, found: bool, strangers: bool, starts: bool
) -> None:
    asked: list[Mapping[str, Any]] = []

    def read(event: Json, context: object) -> object:
        asked.append(event)
        return reading(event, context)

    principal: Any = functions["allow_principal"]
    changes = {
        "read_teardown": read,
        "look_for_surplus": surplus(found=found),
        "allow_principal": principal | {"strangers": strangers},
    }
    with stubbed(functions | changes) as account:
        ended = run(account, "provision", {"connection": CONNECTION})
    assert (ended.report.status, len(asked)) == ("SUCCEEDED", starts)
    for each in asked:
        assert each["claim"]
        assert len(each["wanted"]["strangers"]) == (nodes if strangers else 0)
    assert ended.bytes < ROOM
