"""Random sequences of runs and of what happens between them: every run is judged, and nothing is left in the end.

The beginnings of forty are tried with every change. `make soak` tries half of a thousand to their ends, and with
`WHOLE=1` all. `SEEDS=41..90` tries those instead, and `SEEDS=17..17` is how a failure is repeated
(`SOAK=1` with it, if it was met there). The session says at its end how many that were, and how many runs each second
of CPU took.
"""

import os
from collections.abc import Callable

import pytest

from tests.draws import SEQUENCE, SOAKING, drawn
from tests.faults.sequences import play, sequence, shortest

FIRST, _, LAST = os.environ.get("SEEDS", "1..1000" if SOAKING else "1..40").partition("..")
TOGETHER = 5
"""Sequences in one test."""
FIRSTS = list(range(int(FIRST), int(LAST or FIRST) + 1, TOGETHER))
HALF = (lambda first: first // (2 * TOGETHER),)
"""One of each two tests."""
TRIED = FIRSTS if "SEEDS" in os.environ else drawn(FIRSTS, "sequences", 1, HALF, times=1)


@pytest.mark.parametrize("first", TRIED)
def test_each_run_does_exactly_what_is_asked_for_whatever_happened(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    failed = list[str]()
    for seed in range(first, min(first + TOGETHER, int(LAST or FIRST) + 1)):
        played = play(sequence(seed))
        record_property(SEQUENCE, (seed, played.runs, played.seconds))
        if played.problems:
            short = shortest(sequence(seed))
            steps = "\n".join(map(repr, short.steps))
            failed.append(f"SEEDS={seed}..{seed}: {play(short).problems} after\n{steps}\n(slow {short.slow})")
    assert not failed, "\n\n".join(failed)
