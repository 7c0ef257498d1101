"""Stopped anywhere, a run leaves nothing that a teardown does not take away.

Some stops are drawn. `make soak` tries all of them, and also where a cluster is adopted, and a rule and a role were
there before.
"""

import pytest

from tests.draws import SOAKING, drawn
from tests.faults.stops import ROADS, states, stops, tried, ways

MODES = ("create", "adopt") if SOAKING else ("create",)
UNKNOWN = {"Unknown kind"}
"""Entered only where the layer and the definition are of different versions."""
STAYING = {"Delete replication group", "Delete role", "Delete security group", "Delete subnet group"}
"""Entered only for what a run created: here the cluster and the role were there before."""
WITHDRAWING = {
    "Check its connections",
    "End offer",
    "Narrow access",
    "Remove path tags",
    "Remove tags",
    "Still connected",
    "Withdraw principals",
}
"""Entered only by a run that withdraws what is not asked for any more, which another one starts."""
WAITED: set[str] = set() if SOAKING else {"Still at work"}
"""Entered after four hours of looks at a run that cannot be asked after."""
ROADLESS = {
    ("provision", "create"): set(),
    ("provision", "adopt"): set(),
    ("teardown", "create"): UNKNOWN | WITHDRAWING,
    ("teardown", "adopt"): UNKNOWN | STAYING | WITHDRAWING,
    ("recover", "create"): WAITED,
    ("recover", "adopt"): WAITED,
}


@pytest.mark.parametrize("machine", sorted(ROADS))
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_left_of_a_run_that_was_stopped_in_any_state(machine: str, mode: str) -> None:
    assert states(machine).keys() - ways(machine, mode).keys() == ROADLESS[machine, mode]
    chosen = drawn(stops(machine, mode), f"stops {machine} {mode}", 30)
    wrong = {(stop.state, stop.when): found for road, stop in chosen if (found := tried(road, stop))}
    assert wrong == {}
