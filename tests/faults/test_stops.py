"""Stopped anywhere, a run leaves nothing that a teardown does not take away."""

import pytest
from stops import ROADS, states, stops, tried, ways

ROADLESS = {"provision": {"Nodes not prepared"}, "teardown": set[str]()}
"""Entered only when Step Functions itself fails a Map, which no answer of AWS to a function brings about."""


@pytest.mark.parametrize("machine", sorted(ROADS))
def test_nothing_is_left_of_a_run_that_was_stopped_in_any_state(machine: str) -> None:
    assert states(machine).keys() - ways(machine).keys() == ROADLESS[machine]
    wrong = {(stop.state, stop.when): found for road, stop in stops(machine) if (found := tried(road, stop))}
    assert wrong == {}
