"""Whatever a stopped run left, one that fails after it is clean or names what is left, and the next one ends READY.

Some pairs are drawn; `make soak` tries each stop and each failure, `make crossings` each with each.
"""

from typing import Final

from tests.draws import drawn
from tests.faults.matrix import try_all
from tests.faults.pairs import some

ROADS: Final = 2
"""To the end, and nearly there and back: they enter most states."""


def test_a_run_that_fails_after_one_that_was_stopped_leaves_nothing_or_names_it() -> None:
    assert try_all(drawn(some("create", ROADS), "pairs", 4800)) == []
