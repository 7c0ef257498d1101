"""What of a connection's drift a run is about to put right, or would end with."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from private_connection.reconcile.codes import TREATMENTS, DriftCode, Mode
from private_connection.reconcile.compared import Compared
from private_connection.reconcile.drift import Drift
from private_connection.registry.entries import RepairRun
from private_connection.registry.table import written
from tests.unit.reconcile.made import FIRST, NOW, a_connected, a_handoff

RULE: Final = Drift(code="RULE_GONE")
SERVICE: Final = Drift(code="SERVICE_GONE", node=FIRST)


def a_repair(hours: float, *codes: DriftCode, failed: bool = False) -> RepairRun:
    return RepairRun(execution="arn", at=written(NOW - timedelta(hours=hours)), drift=codes, failed=failed)


def compared(*drift: Drift, mode: Mode = "repair", repairs: tuple[RepairRun, ...] = ()) -> Compared:
    return Compared(replace(a_connected(a_handoff()), repairs=repairs), mode, drift)


@pytest.mark.parametrize("code", TREATMENTS)
def test_each_code_is_awaited_or_ends_a_run_but_for_what_no_run_cares_about(code: DriftCode) -> None:
    one = Drift(code=code, node=FIRST)
    found = compared(one)
    assert found.awaited(NOW) == ((one,) if TREATMENTS[code] == "repaired" else ())
    assert found.ending() == ((one,) if TREATMENTS[code] == "reported" and code != "STRANGER_CONNECTED" else ())


@pytest.mark.parametrize("code", TREATMENTS)
def test_where_all_is_reported_no_run_does_anything(code: DriftCode) -> None:
    found = compared(Drift(code=code, node=FIRST), mode="report")
    assert (found.awaited(NOW), found.ending()) == ((), ())


@pytest.mark.parametrize(
    ("repairs", "awaited"),
    [
        ((), True),
        ((a_repair(1, "RULE_GONE"),), True),
        ((a_repair(1, "RULE_GONE", failed=True),), False),
        ((a_repair(2, "RULE_GONE", failed=True), a_repair(1, "RULE_GONE")), True),
        ((a_repair(3, "RULE_GONE"), a_repair(2, "RULE_GONE"), a_repair(1, "RULE_GONE")), False),
        ((a_repair(30, "RULE_GONE"), a_repair(2, "RULE_GONE"), a_repair(1, "RULE_GONE")), True),
    ],
    ids=["none", "mended", "failed", "mended since", "comes again", "came again long ago"],
)
def test_a_repair_that_fails_or_is_undone_again_and_again_is_not_awaited(
    repairs: tuple[RepairRun, ...], *, awaited: bool
) -> None:
    assert compared(RULE, repairs=repairs).awaited(NOW) == ((RULE,) if awaited else ())


def test_one_code_that_comes_again_does_not_keep_a_repair_of_another_from_beginning() -> None:
    thrice = tuple(a_repair(hours, "RULE_GONE") for hours in (3, 2, 1))
    assert compared(RULE, SERVICE, repairs=thrice).awaited(NOW) == (RULE, SERVICE)
