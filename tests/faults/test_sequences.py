"""Hypothesis looks for a sequence after which something is left. `make soak` sets SOAK: twelve times as many."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.draws import SOAKING
from tests.faults.sequences import play, sequences

EXAMPLES = {"create": 150, "adopt": 150} if SOAKING else {"create": 13, "adopt": 12}


@pytest.mark.parametrize("mode", sorted(EXAMPLES))
def test_nothing_is_left_in_the_end_whatever_happened(mode: str) -> None:
    @settings(
        max_examples=EXAMPLES[mode],
        derandomize=not SOAKING,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(sequences(mode))
    def check(sequence: Any) -> None:
        assert play(sequence) == []

    check()
