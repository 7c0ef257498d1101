"""An account in which each run that is not disturbed is planned right before it, and the plan held against the run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.account import TEMPLATE, Account
from sandbox.runs import RunReport, Start
from sandbox.scenarios.scenario import carry_out, read
from sandbox.world import World
from tests.exactness.calls import called, recorded
from tests.exactness.planned import differing, exceeding, told_otherwise, unchanged
from tests.exactness.view import view
from tests.scenarios.playing import READING, Watched, quickened


@contextmanager
def planned(account: Account, start: Start) -> Iterator[tuple[list[RunReport], list[str]]]:
    """Around a run: plans it first. Put its report into the first list, and the second says in the end what is wrong.

    A run that is disturbed, or fails, does a part of what was planned, and nothing else.
    """
    given: Any = start.input
    before, reports, problems = view(account), list[RunReport](), list[str]()
    plan = account.run(start.machine, given | {"plan": True})
    between = view(account)
    if not unchanged(before, between):
        problems.append("a plan has changed something")
    problems += [f"a plan called {each}" for each in plan.api_calls if not each.split(":")[1].startswith(READING)]
    with recorded(account) as calls:
        yield reports, problems
    (run,), did = reports, called(between, calls)
    ended, ending = (plan.error, plan.cause), (run.error, run.cause)
    if plan.status == "SUCCEEDED" == run.status and not start.faults:
        problems += differing(plan.output, between, view(account), did)
        problems += told_otherwise(plan.output, run.output)
    elif plan.status == "SUCCEEDED":
        problems += exceeding(plan.output, between, view(account), did)
    elif plan.status != "SUCCEEDED" and ended != ending:
        problems.append(f"the plan ended in {ended}, and the run in {ending}")


class Planning(Watched):
    """What is wrong is told with the other problems of its runs."""

    planned: int = 0
    """How many plans were held against a run."""

    def together(self, starts: Sequence[Start], gaps: Sequence[float] | None = None) -> list[RunReport]:
        if len(starts) > 1 or not can_be_planned(starts[0]):
            return super().together(starts, gaps)
        self.planned += 1
        with planned(self, starts[0]) as (reports, problems):
            reports += super().together(starts, gaps)
        self.problems += [f"{reports[0].name}: {each}" for each in problems]
        return reports


def held_against(scenario: Path, template: Path = TEMPLATE) -> Planning:
    """The scenario, played quickly, with a plan before each of its runs that can have one."""
    opened: list[Planning] = []

    def opening(world: World, seed: int, parameters: Any) -> Planning:
        opened.append(Planning(world, seed, parameters, template))
        return opened[-1]

    carry_out(quickened(read(scenario)), opened=opening)
    return opened[0]


def can_be_planned(start: Start) -> bool:
    """A run of provision that nothing disturbs."""
    return (
        start.machine == "provision"
        and isinstance(start.input, dict)
        and not start.faults
        and start.stop_at is None
        and not {"plan", "repair"} & start.input.keys()
    )
