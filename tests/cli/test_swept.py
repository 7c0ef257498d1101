"""What a sweep has found, as the command line says it."""

from typing import Any

import pytest

from private_connection_cli.swept import ELSEWHERE, told

QUIET: Any = {"drifted": [], "findings": [], "connections": 1, "lookedAt": 3, "busy": 0, "off": 0, "leftOver": 0}
MOVED: Any = {"code": "ADDRESS_CHANGED", "node": "orders-001"}
ROLE: Any = {"code": "ROLE_GONE", "node": None}


def drifted(mode: str = "repair", **repairs: Any) -> Any:
    found = {"connection": "orders", "revision": 1, "mode": mode, "drift": [MOVED, ROLE]}
    return {**QUIET, "drifted": [found], "repairs": {"started": [], "returning": [], **repairs}}


def test_a_quiet_sweep_says_what_it_looked_at() -> None:
    assert told(QUIET).splitlines() == [
        "what was looked at is as it was left",
        "looked at 1 connection, closely at 3 nodes",
    ]


def test_a_sweep_that_left_its_work_to_another_says_so() -> None:
    assert told({}) == ELSEWHERE


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        (drifted(started=["orders"]), "a run was started that mends it"),
        (drifted(returning=[{"connection": "orders", "code": "ROLE_GONE"}]), "it was mended several times"),
        (drifted(mode="report"), "only reported, as was asked"),
        (drifted(started=["other"]), "no run was started for it; docs/runbook.md"),
    ],
)
def test_what_differs_is_told_with_what_becomes_of_it(output: Any, outcome: str) -> None:
    first, *rest = told(output).splitlines()
    assert first.startswith(f"orders: ADDRESS_CHANGED of orders-001, ROLE_GONE: {outcome}")
    assert rest == ["looked at 1 connection, closely at 3 nodes"]


def test_a_dead_run_that_is_recovered_is_told() -> None:
    first, *_ = told({**QUIET, "repairs": {"started": [], "recovering": ["orders"]}}).splitlines()
    assert first == "orders: its last run died and held it still; Recover was started, which finishes that"


def test_findings_and_what_was_not_compared_are_told() -> None:
    finding = {"code": "RECORD_UNREADABLE", "level": "error", "field": "x", "message": "found a", "remedy": "do b"}
    lines = told({**QUIET, "findings": [finding], "busy": 2, "recordsUnreadable": 1}).splitlines()
    assert lines[0] == "error RECORD_UNREADABLE (x): found a; remedy: do b"
    assert lines[-2:] == ["2 connections on which a run is at work", "1 connection whose items cannot be read"]
