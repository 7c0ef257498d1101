"""When the next repair of a connection may begin, and which drift comes again whatever is mended."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from private_connection.reconcile.due import due_from, is_about_to_begin, returned
from private_connection.registry.entries import RepairRun

NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
QUARTER: Final = 900
"""Seconds between sweeps."""
RULE: Final = "RULE_GONE"
ADDRESS: Final = "ADDRESS_CHANGED"


def a_repair(*drift: str, failed: bool = False, hours: float = 1) -> RepairRun:
    at = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return RepairRun(execution="arn", at=at, drift=drift or (RULE,), failed=failed)


def row(ends: str) -> list[RepairRun]:
    """Repairs in their order, of which x failed and . did not; the last began an hour ago."""
    return [a_repair(failed=end == "x", hours=len(ends) - place) for place, end in enumerate(ends)]


def sweeps(repairs: list[RepairRun], seconds: int = QUARTER) -> int:
    """The number of the first sweep, counted from the last repair, which may repair again, if none is late."""
    due = due_from(repairs, seconds)
    if due is None:
        return 0
    last = datetime.fromisoformat(repairs[-1].at)
    return next(number for number in range(1, 10_000) if last + timedelta(seconds=number * seconds) >= due)


@pytest.mark.parametrize(
    ("ends", "sweep"),
    [
        ("", 0),
        (".", 0),
        ("xxxx.", 0),
        ("x", 1),
        ("xx", 2),
        ("xxx", 4),
        ("xxxx", 8),
        ("xxxxx", 16),
        ("xxxxxx", 32),
        ("x" * 7, 64),
        ("x" * 8, 96),
        ("x" * 20, 96),
        ("xx.x", 1),
        ("xx.xx", 2),
        ("x.x.x", 1),
        ("....xx", 2),
    ],
)
def test_after_each_failure_in_a_row_twice_as_many_sweeps_pass_and_a_day_at_most(ends: str, sweep: int) -> None:
    assert sweeps(row(ends)) == sweep


@pytest.mark.parametrize(
    ("seconds", "sweep"), [(60, 1440), (300, 288), (3600, 24), (43_200, 2), (86_400, 1), (604_800, 1)]
)
def test_a_day_is_the_longest_whatever_the_interval(seconds: int, sweep: int) -> None:
    assert sweeps(row("x" * 20), seconds) == sweep


@pytest.mark.parametrize(("late", "due"), [(-451, False), (-449, True), (-5, True), (0, True), (5, True)])
def test_a_sweep_may_come_somewhat_early_but_not_in_between(late: float, due: bool) -> None:
    """The claim of the last repair came some seconds after its sweep had looked."""
    found = due_from(row("xx"), QUARTER)
    assert found is not None
    planned = NOW - timedelta(hours=1) + timedelta(seconds=2 * QUARTER)
    assert (planned + timedelta(seconds=late) >= found) is due


@pytest.mark.parametrize(
    ("repairs", "comes_again"),
    [
        ([], ()),
        ([a_repair(RULE)] * 2, ()),
        ([a_repair(RULE)] * 3, (RULE,)),
        ([a_repair(RULE)] * 4, (RULE,)),
        # only what was mended counts
        ([a_repair(RULE), a_repair(RULE), a_repair(RULE, failed=True)], ()),
        ([a_repair(RULE), a_repair(RULE, failed=True), a_repair(RULE), a_repair(RULE)], (RULE,)),
        # within a day
        ([a_repair(RULE, hours=24.01), a_repair(RULE), a_repair(RULE)], ()),
        ([a_repair(RULE, hours=24), a_repair(RULE), a_repair(RULE)], (RULE,)),
        ([a_repair(RULE, hours=30)] * 3 + [a_repair(RULE)] * 2, ()),
        # the same code
        ([a_repair("ROLE_GONE"), a_repair(RULE), a_repair(RULE)], ()),
        ([a_repair("ROLE_GONE")] * 3, ()),
        ([a_repair(RULE, RULE), a_repair(RULE)], ()),
        ([a_repair(ADDRESS, RULE), a_repair(RULE), a_repair(ADDRESS, RULE)], (RULE,)),
        ([a_repair(RULE, ADDRESS)] * 3, (ADDRESS, RULE)),
    ],
)
def test_what_was_mended_three_times_in_a_day_comes_again(
    repairs: list[RepairRun], comes_again: tuple[str, ...]
) -> None:
    assert returned((ADDRESS, RULE), repairs, NOW) == comes_again


@pytest.mark.parametrize(
    ("repairs", "begins"),
    [
        ([], True),
        ([a_repair(RULE)], True),
        ([a_repair(RULE, failed=True)], False),
        ([a_repair(RULE, failed=True), a_repair(RULE)], True),
        ([a_repair(RULE)] * 3, True),
        ([a_repair(RULE, ADDRESS)] * 3, False),
    ],
)
def test_a_repair_is_about_to_begin_unless_the_last_one_failed_or_all_comes_again(
    repairs: list[RepairRun], *, begins: bool
) -> None:
    assert is_about_to_begin((ADDRESS, RULE), repairs, NOW) is begins
    assert not is_about_to_begin((), repairs, NOW)
