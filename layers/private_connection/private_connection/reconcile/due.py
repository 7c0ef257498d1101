"""When a connection that has drifted may be repaired, by what its item remembers of its repairs.

A repair that fails is tried again, each time after twice as many sweeps, because most of what it fails for does not
pass by itself. A repair that succeeds again and again for the same code does not help: something undoes it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from private_connection.registry.entries import RepairRun

LONGEST: Final = timedelta(days=1)
"""The longest time between two repairs of a connection that fail."""
MENDED_AT_MOST: Final = 3
"""How often the same code is mended within `WITHIN`. If it comes again, it returns."""
WITHIN: Final = timedelta(hours=24)


def due_from(repairs: Sequence[RepairRun], sweep_seconds: int) -> datetime | None:
    """From when the next repair may begin; null for at once.

    After one, two, three … failed ones in a row that is the first, second, fourth … sweep after the last one began, and
    a day after it at the latest. A sweep may come half an interval early: none begins on the second.
    """
    failures = sum(1 for _ in takewhile(lambda each: each.failed, reversed(repairs)))
    if failures == 0:
        return None
    interval = timedelta(seconds=sweep_seconds)
    return _began(repairs[-1]) + min(interval * (1 << failures - 1), LONGEST) - interval / 2


def returned(codes: Iterable[str], repairs: Sequence[RepairRun], moment: datetime) -> tuple[str, ...]:
    """Of these codes of a connection, those that come again although they were mended often enough of late."""
    mended = Counter(
        code
        for each in repairs
        if not each.failed and moment - _began(each) <= WITHIN
        for code in set(each.drift)  # whatever the input of a run has said twice
    )
    return tuple(code for code in codes if mended[code] >= MENDED_AT_MOST)


def is_about_to_begin(codes: Sequence[str], repairs: Sequence[RepairRun], moment: datetime) -> bool:
    """Whether a repair of these codes of a connection is started now, or was: not while its repairs fail, or where all
    that they mend comes again.
    """
    fails = bool(repairs) and repairs[-1].failed
    return not fails and len(returned(codes, repairs, moment)) < len(codes)


def _began(repair: RepairRun) -> datetime:
    return datetime.fromisoformat(repair.at)
