"""Where a run has ended well, a sweep finds nothing: in every scenario, after each of its runs.

Scenarios are drawn; `make soak` tries all of them.
"""

import io
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.runs import RunReport, Start
from sandbox.scenarios.scenario import carry_out, read
from sandbox.world import World
from tests.draws import drawn
from tests.scenarios.playing import FOLDER, quickened

KNOWN: Final = {"NODE_UNHEALTHY"}
"""Of what a run may find and end well, that which a sweep tells by the same code."""
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
DRAWN = sorted({"named-role", *drawn(SCENARIOS, "no false alarm", share=80)})
"""That of a role elsewhere is always among them: no other sweep reads one."""


class Swept(Account):
    """An account in which the function looks after each run. What its functions print is discarded."""

    def __init__(self, world: World, seed: int = 0, parameters: Mapping[str, str] | None = None) -> None:
        super().__init__(world, seed, parameters=parameters, logs=io.StringIO())
        self.found: list[Any] = []

    def together(self, starts: Sequence[Start], gaps: Sequence[float] | None = None) -> list[RunReport]:
        reports = super().together(starts, gaps)
        if all(report.status == "SUCCEEDED" and report.output.get("status") == "READY" for report in reports):
            told = {finding["code"] for report in reports for finding in report.output["findings"]}
            self.found.append(self._look(told & KNOWN))
        return reports

    def _look(self, told: Set[str]) -> Any:
        """What a sweep finds beside what the runs have told themselves."""
        found = self.invoke("FindDrift", {"connection": None})
        closer = [
            self.invoke("LookCloser", {"connections": each["connections"]}) for each in found["chosen"]["batches"]
        ]
        drifted = [*found["drifted"], *(each for look in closer for each in look["drifted"])]
        return {**found, "drifted": [each for each in drifted if not {one["code"] for one in each["drift"]} <= told]}


def swept(name: str) -> list[Any]:
    """What was found after each run of a scenario that ended well."""
    opened: list[Swept] = []

    def open_swept(world: World, seed: int, parameters: Mapping[str, str]) -> Swept:
        opened.append(Swept(world, seed, parameters))
        return opened[-1]

    carry_out(quickened(read(FOLDER / f"{name}.yaml")), opened=open_swept)
    return opened[0].found


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_has_drifted_where_a_run_has_ended_well(name: str) -> None:
    for each in swept(name):
        assert (each["drifted"], each["leftOver"], each["unreadable"]) == ([], 0, [])
        assert each["connections"]  # else nothing could have been found
