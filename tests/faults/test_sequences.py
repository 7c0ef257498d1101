"""Random sequences of runs and of what happens between them: every run is judged, and nothing is left in the end.

The beginnings of forty are tried with every change, and `make soak` tries a thousand to their ends. `SEEDS=41..90`
tries those instead, and `SEEDS=17..17` is how a failure is repeated (`SOAK=1` with it, if it was met there). The
session says at its end how many that were, and how many runs each second of CPU took.
"""

import os
from collections.abc import Callable
from itertools import groupby

import pytest

from tests.draws import SEQUENCE, SOAKING
from tests.faults.sequences import beginning, play, play_all, sequence, shortest

FIRST, _, LAST = os.environ.get("SEEDS", "1..1000" if SOAKING else "1..40").partition("..")
SEEDS = range(int(FIRST), int(LAST or FIRST) + 1)
ALIKE = [list(seeds) for _, seeds in groupby(SEEDS, beginning)]
"""What begins alike is played in one test."""


@pytest.mark.parametrize("seeds", ALIKE, ids=lambda seeds: str(seeds[0]))
def test_each_run_does_exactly_what_is_asked_for_whatever_happened(
    seeds: list[int], record_property: Callable[[str, object], None]
) -> None:
    failed = list[str]()
    for seed, played in zip(seeds, play_all([sequence(each) for each in seeds]), strict=True):
        record_property(SEQUENCE, (seed, played.runs, played.seconds))
        if played.problems:
            short = shortest(sequence(seed))
            steps = "\n".join(map(repr, short.steps))
            failed.append(f"SEEDS={seed}..{seed}: {play(short).problems} after\n{steps}\n(slow {short.slow})")
    assert not failed, "\n\n".join(failed)
