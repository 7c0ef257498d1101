"""Plays the scenario files beside it, judges every run, and keeps what the account looked like at the end."""

import functools
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.account import TEMPLATE, Account
from sandbox.runs import RunReport, Start
from sandbox.scenarios.scenario import Scenario, ScenarioReport, carry_out, read
from sandbox.world import World
from tests.exactness.judge import judged
from tests.faults import grounds
from tests.scenarios.ending import Ending, look

FOLDER: Final = Path(__file__).parent
READING: Final = ("BatchGet", "Describe", "Get", "List", "Scan")
BOOKKEEPING: Final = frozenset(
    {
        *("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"),
        *("events:PutEvents", "stepfunctions:DescribeExecution"),
    }
)
"""What every run calls to claim its connection, to record what came of it, to release it and to tell."""


QUICK: Final[dict[str, Any]] = {**grounds.QUICK, "loadBalancer": 15, "registration": 10}
AS_LONG_AS_ON_AWS: Final = ("create-6", "cluster-mode")
"""The scenarios in which all takes as long as there: tests look at how often they poll."""


@dataclass(frozen=True)
class Played:
    report: ScenarioReport
    ending: Ending

    @property
    def runs(self) -> list[RunReport]:
        return self.report.runs


class Watched(Account):
    """An account of which every run is judged, and which is examined before it is closed.

    What its functions print is discarded.
    """

    def __init__(
        self, world: World, seed: int = 0, parameters: Mapping[str, str] | None = None, template: Path = TEMPLATE
    ) -> None:
        super().__init__(world, seed, template, parameters, io.StringIO())
        self.endings: list[Ending] = []
        self.problems: list[str] = []

    def together(self, starts: Sequence[Start], gaps: Sequence[float] | None = None) -> list[RunReport]:
        with judged(self, starts) as (reports, problems):
            reports += super().together(starts, gaps)
        self.problems += problems
        return reports

    def __exit__(self, *_: object) -> None:
        try:
            self.endings.append(look(self))
        finally:
            super().__exit__(*_)


@functools.cache
def play(name: str) -> Played:
    """A scenario always ends the same, so one that several tests look at is played once."""
    scenario = read(FOLDER / f"{name}.yaml")
    return carry(scenario if name in AS_LONG_AS_ON_AWS else quickened(scenario))


def quickened(scenario: Scenario) -> Scenario:
    """With short latencies where it says none: a run polls less then, and does nothing else."""
    own = scenario.world.latency.model_dump(by_alias=True, exclude_unset=True)
    latency = type(scenario.world.latency).model_validate({**QUICK, **own})
    return scenario.model_copy(update={"world": scenario.world.model_copy(update={"latency": latency})})


def carry(scenario: Scenario) -> Played:
    opened: list[Watched] = []

    def open_watched(world: World, seed: int, parameters: Mapping[str, str]) -> Watched:
        opened.append(Watched(world, seed, parameters))
        return opened[-1]

    report = carry_out(scenario, opened=open_watched)
    assert opened[0].problems == []
    return Played(report, opened[0].endings[0])


def mutating(run: RunReport) -> Counter[str]:
    """The calls that change something in the account, or would have. What the registry is told of them is left out."""
    calls = {call: count for call, count in run.api_calls.items() if not call.split(":")[1].startswith(READING)}
    return Counter({call: count for call, count in calls.items() if call not in BOOKKEEPING})


def summary(run: RunReport) -> dict[str, Any]:
    """How a run ended, for an assertion that says why when it fails."""
    return {"status": run.status, "error": run.error, "cause": run.cause}


SUCCEEDED: Final = {"status": "SUCCEEDED", "error": None, "cause": None}
