"""What is told of drift: once, until it is found no more, and only what no repair mends."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final

import pytest

from private_connection.reconcile.codes import Mode
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.told import RETURNS, TOLD_AT_MOST, told_after
from private_connection.registry.entries import Entry, RepairRun
from private_connection.registry.sightings import Told
from private_connection.registry.table import written
from tests.unit.reconcile.made import FIRST, NOW, SECOND, THIRD, an_entry

STRANGE: Final = Drift(code="STRANGER_CONNECTED", node=FIRST)
GONE: Final = Drift(code="CLUSTER_GONE")
RULE: Final = Drift(code="RULE_GONE")


def as_told(*drift: Drift) -> tuple[Told, ...]:
    return tuple(Told(code=each.code, node=each.node) for each in drift)


def a_repair(hours: float, *, failed: bool = False, code: str = "RULE_GONE") -> RepairRun:
    return RepairRun(execution="arn", at=written(NOW - timedelta(hours=hours)), drift=(code,), failed=failed)


def told(
    *drift: Drift,
    before: Sequence[Told] = (),
    mode: Mode = "repair",
    unjudged: Collection[str] = (),
    repairs: Sequence[RepairRun] = (),
) -> tuple[Told, ...]:
    entry = an_entry(told=tuple(before), repairs=tuple(repairs))
    return told_after(entry, drift, mode, lambda each: each.code not in unjudged, {FIRST, SECOND}, NOW)


def test_what_is_reported_is_told_the_worst_first() -> None:
    assert told(GONE, STRANGE) == as_told(STRANGE, GONE)


def test_what_is_not_found_any_more_is_not_told_any_more() -> None:
    assert told(GONE, before=as_told(STRANGE, GONE)) == as_told(GONE)
    assert told(before=as_told(STRANGE, GONE)) == ()


def test_what_a_repair_is_about_to_mend_is_told_by_the_repair() -> None:
    assert told(RULE, STRANGE) == as_told(STRANGE)


@pytest.mark.parametrize("failed", [0, 1, 3])
def test_what_repairs_fail_to_mend_is_told(failed: int) -> None:
    repairs = [a_repair(9), *[a_repair(1, failed=True)] * failed]
    assert told(RULE, STRANGE, repairs=repairs) == (as_told(RULE, STRANGE) if failed else as_told(STRANGE))


def test_what_was_told_is_told_until_it_is_gone_also_while_it_is_repaired() -> None:
    assert told(RULE, before=as_told(RULE), repairs=[a_repair(1, failed=True), a_repair(0.1)]) == as_told(RULE)
    assert told(before=as_told(RULE), repairs=[a_repair(0.1)]) == ()


def test_what_comes_again_after_it_was_mended_three_times_returns() -> None:
    thrice = [a_repair(3), a_repair(2), a_repair(1)]
    address = Drift(code="ADDRESS_CHANGED", node=FIRST)
    assert told(RULE, address, repairs=thrice) == (RETURNS, *as_told(RULE))
    assert told(address, before=(RETURNS, *as_told(RULE)), repairs=thrice) == ()
    later = [a_repair(30), a_repair(29), a_repair(25)]
    assert told(RULE, before=(RETURNS, *as_told(RULE)), repairs=later) == as_told(RULE), "a repair is due again"


def test_where_nothing_is_repaired_everything_is_told() -> None:
    assert told(RULE, STRANGE, mode="report") == as_told(RULE, STRANGE)


def test_what_nobody_looked_at_stays_as_long_as_its_node_does() -> None:
    before = as_told(*(Drift(code="STRANGER_CONNECTED", node=node) for node in (FIRST, SECOND, THIRD)), GONE)
    found = Drift(code="MARKS_LOST", node=FIRST)
    kept = told(found, before=before, unjudged={"STRANGER_CONNECTED", "CLUSTER_GONE"})
    assert kept == (*before[:2], *as_told(found), *as_told(GONE))


def test_of_many_the_worst_are_told_the_same_in_every_look() -> None:
    many = [Drift(code="STRANGER_CONNECTED", node=f"node-{number:03}") for number in range(150)]
    first = told(*many, GONE)
    assert (len(first), first[0].node, first[-1].node) == (TOLD_AT_MOST, "node-000", "node-099")
    assert told(*many, GONE, before=first) == first


def test_a_code_of_another_deployment_is_told_no_more() -> None:
    before = (Told(code="FORMERLY", node=FIRST),)
    assert told(GONE, before=before, unjudged={"FORMERLY"}) == (*as_told(GONE), *before)
    assert told(GONE, before=before) == as_told(GONE)


def test_a_set_in_another_order_is_the_same_set() -> None:
    """Which of two codes is worse may change with the deployment."""
    before = as_told(GONE, STRANGE)
    assert told(GONE, STRANGE, before=before) == before


def test_an_item_has_nothing_told_before_the_first_sweep() -> None:
    nothing: Any = told_after(Entry(connection="a"), (), "repair", lambda _: True, (), NOW)
    assert nothing == ()
