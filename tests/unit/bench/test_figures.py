"""From runs to rows, claims and the note."""

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.cases import RATE, TOPOLOGIES, Case
from bench.claims import Claim, claims, failing
from bench.cold_start import IN_FEW_REGIONS, ColdStart, bare_body, our_body
from bench.note import note
from bench.report import as_json, rows, table, teardowns, together
from bench.runs import Outcome, Run, cases, planned, seeds
from bench.workflow import Measured, Timeline, largest_payload
from private_connection import clients as product
from sandbox.stepfunctions.interpreter import Moment

MEASURED = Measured(700.0, 5_000, 80_000, 200, 1_400, 0.025)


def outcomes() -> dict[Run, Outcome]:
    """Every run of one node, in ten seconds more for each seed."""
    return {
        run: Outcome(1_000.0 + 10 * run.seed, measured=MEASURED, teardown=MEASURED, spans={"Validate request": [0, 2]})
        for run in planned([6])
    }


def test_every_number_of_nodes_is_run_in_both_modes_and_ninety_at_three_rates() -> None:
    found = cases()

    assert {(case.mode, case.nodes) for case in found} == {(m, n) for m in ("create", "adopt") for n in TOPOLOGIES}
    assert [case.rate for case in found if case.nodes == 90] == [1.0, RATE, 10.0] * 2


@pytest.mark.parametrize("nodes", TOPOLOGIES)
def test_a_topology_has_the_nodes_that_it_stands_for(nodes: int) -> None:
    case = Case("create", nodes)

    assert case.shards * (1 + case.replicas) == nodes


def test_small_clusters_are_run_with_twenty_seeds_and_large_ones_with_five() -> None:
    assert [seeds(nodes) for nodes in TOPOLOGIES] == [20, 20, 20, 5, 5]


def test_a_row_is_of_medians() -> None:
    row = next(row for row in rows(outcomes(), [6]) if row.case.mode == "create")

    assert row.workflow == row.documented == row.terraform_like == 1_095
    assert row.as_json()["seeds"] == 20


def test_the_largest_payload_and_history_of_any_seed_count() -> None:
    larger = Measured(900.0, 9_000, 99_000, 300, 1_600, 0.035)

    found = together([MEASURED, larger, MEASURED])

    assert (found.history_events, found.max_payload_bytes) == (9_000, 99_000)
    assert (found.seconds, found.state_transitions, found.api_calls) == (700.0, 200, 1_400)


def test_the_document_has_the_keys_that_others_read() -> None:
    starts = [ColdStart("check_cluster", 300.0, 200.0)]

    document = json.loads(as_json(rows(outcomes(), [6]), teardowns(outcomes(), [6]), starts, [{"connections": 1}]))

    assert document["sweeps"] == [{"connections": 1}]
    assert document["coldStart"] == [{"function": "check_cluster", "milliseconds": 300.0, "bareMilliseconds": 200.0}]
    assert set(document["rows"][0]) == {
        *("mode", "nodes", "rate", "seeds", "workflow", "documented", "terraformLike", "limit"),
        *("historyEvents", "maxPayloadBytes", "stateTransitions", "apiCalls", "costUsd"),
    }


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        (Claim("at most", 1.05, 1.05), True),
        (Claim("at most", 1.06, 1.05), False),
        (Claim("at least", 3.0, 3.0, at_least=True), True),
        (Claim("at least", 2.9, 3.0, at_least=True), False),
    ],
)
def test_a_claim_holds_up_to_its_bound(claim: Claim, holds: bool) -> None:
    assert claim.holds == holds
    assert ("**no**" in str(claim)) != holds


def test_claims_compare_the_workflow_with_the_limit_and_with_the_others() -> None:
    held = claims(rows(outcomes(), [6]), [], [ColdStart("check_cluster", 300.0, 200.0)])

    found = {claim.what: claim for claim in held}
    assert found["create, 6 nodes: times faster than the documented order"].value == 1
    assert not found["create, 6 nodes: times faster than the documented order"].holds
    assert found["create, 6 nodes: state transitions"].holds
    assert found["cold start over a bare handler's, at worst (check_cluster)"].value == 1.5


@pytest.mark.parametrize(("rate", "counts"), [(1.0, False), (RATE, True), (10.0, True)])
def test_a_budget_that_is_exceeded_counts_from_the_assumed_rate_on(rate: float, counts: bool) -> None:
    dear = replace(MEASURED, api_calls=1_541)
    exceeded = failing(claims([], [(Case("create", 90, rate), dear)], []))

    assert [each.what for each in exceeded] == ["teardown: AWS calls"] * counts


def test_the_note_holds_the_table_and_the_claims() -> None:
    found, starts = rows(outcomes(), [6]), [ColdStart("check_cluster", 300.0, 200.0)]

    written = note(outcomes(), found, teardowns(outcomes(), [6]), starts, claims(found, [], starts), "## Sweeps\n")

    assert "## Sweeps" in written
    assert table(found) in written
    assert "| check_cluster | 300 | 200 | 1.50 |" in written
    assert "create, 6 nodes: time over the limit" in written


def test_a_payload_is_counted_in_bytes_of_whatever_a_state_takes_or_gives() -> None:
    events = [
        {"stateEnteredEventDetails": {"name": "Small", "input": '{"a": 1}'}},
        {"taskScheduledEventDetails": {"parameters": '"éé"'}},
        {"stateExitedEventDetails": {"output": "{}", "assignedVariables": {"x": '"0123456789"', "y": "1"}}},
    ]
    manager = SimpleNamespace(_history_event_list=events)
    execution = SimpleNamespace(exec_worker=SimpleNamespace(env=SimpleNamespace(event_manager=manager)))

    assert largest_payload([execution]) == len('{"x":"0123456789","y":1}')


def test_a_timeline_keeps_when_a_state_was_first_entered_and_last_left() -> None:
    timeline = Timeline('{"States": {"Wait": {}}}')
    for kind, state, at in (
        ("entered", "Wait", 100),
        ("entered", "Inner", 101),
        ("left", "Wait", 103),
        ("left", "Wait", 109),
    ):
        timeline(Moment(kind, "run", state, "Wait", "", at))

    assert timeline.spans == {"Wait": [0, 9]}


def test_a_bare_handler_makes_the_same_clients_with_boto3_alone() -> None:
    clients = frozenset({"elbv2", "ec2"})

    assert our_body(clients).splitlines()[-2:] == ["clients.ec2()", "clients.elbv2()"]
    assert bare_body(clients).splitlines() == ["import boto3", "boto3.client('ec2')", "boto3.client('elbv2')"]


def test_every_client_of_ours_is_made_as_it_takes_it() -> None:
    made = {name: each for name, each in vars(product).items() if hasattr(each, "cache_info")}
    asked = re.findall(r"clients\.(\w+)\((.*)\)", our_body(frozenset(made)))
    for name, argument in asked:
        inspect.signature(made[name]).bind(*filter(None, [argument]))
    assert len(asked) == len(made) > len(IN_FEW_REGIONS)


def test_the_chart_can_be_drawn_where_the_library_for_it_is(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="make bench has it, make test does not need it")
    from bench.chart import draw

    draw(rows(outcomes(), [6]), tmp_path / "chart.png")

    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
