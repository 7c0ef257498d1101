"""A sandbox in which one assumption does not hold: that row is the first that is red, and nothing is left."""

from itertools import takewhile
from pathlib import Path

import pytest

from acceptance.runner import STOPPED
from tests.acceptance.serving import called, serving

ROWS = {
    "principal": ("Taking off a principal that is not there", "it was accepted"),
    "right": ("CreateVpcEndpointServiceConfiguration asks for", "UnauthorizedOperation"),
}


@pytest.mark.parametrize("broken", sorted(ROWS))
def test_the_row_is_the_first_that_is_red_and_what_follows_is_not_tried(tmp_path: Path, broken: str) -> None:
    beginning, seen = ROWS[broken]
    with serving(tmp_path, broken=broken) as served:
        before = served.things()
        call = called(served)
        assert call.process.returncode == 1, call.told
        (row,) = served.rows("differs")
        assert row.startswith(beginning)
        assert seen in row
        lines = served.report.splitlines()
        later = [*takewhile(bool, lines[lines.index(f"| differs | {row}") + 1 :])]
        assert STOPPED in later[0]
        assert [line for line in later if not line.startswith("| not tried | ")] == []
        assert "| left | nothing |" in served.report
        assert served.things() == before
