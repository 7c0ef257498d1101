"""Stopped anywhere, a run leaves nothing that a teardown does not take away."""

import pytest
from stops import ROADS, states, stops, tried, ways

ROADLESS = {"Nodes not prepared"}
"""Entered only when Step Functions itself fails a Map, which no answer of AWS to a function brings about."""


@pytest.mark.parametrize("machine", sorted(ROADS))
def test_there_is_a_road_to_every_state(machine: str) -> None:
    assert states(machine).keys() - ways(machine).keys() <= ROADLESS


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("machine", sorted(ROADS))
def test_nothing_is_left_of_a_run_that_was_stopped(machine: str, when: str) -> None:
    wrong = {stop.state: found for road, stop in stops(machine, when) if (found := tried(road, stop))}
    assert wrong == {}
