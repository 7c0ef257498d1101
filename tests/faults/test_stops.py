"""Stopped anywhere, a run leaves nothing that a teardown does not take away.

Some stops and roads are drawn. `make soak` tries all of them, and one in each state where a cluster is adopted, and a
rule and a role were there before.
"""

import pytest

from tests.draws import SOAKING, drawn
from tests.faults.stops import ROADS, each_state, misled, roads, states, stops, tried, ways

MODES = ("create", "adopt") if SOAKING else ("create",)


@pytest.mark.parametrize("machine", sorted(ROADS))
@pytest.mark.parametrize("mode", MODES)
def test_a_road_enters_the_states_for_which_it_is_taken(machine: str, mode: str) -> None:
    assert ways(machine, mode).keys() <= states(machine).keys()
    chosen = drawn(roads(machine, mode), f"roads {machine} {mode}", 18)
    wrong = {road: found for road in chosen if (found := misled(road))}
    assert wrong == {}


@pytest.mark.parametrize("machine", sorted(ROADS))
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_left_of_a_run_that_was_stopped_in_any_state(machine: str, mode: str) -> None:
    chosen = drawn(stops(machine, mode), f"stops {machine} {mode}", 130, each_state(mode), times=1)
    wrong = {(stop.state, stop.when): found for road, stop in chosen if (found := tried(road, stop))}
    assert wrong == {}
