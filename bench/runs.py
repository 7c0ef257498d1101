"""Every run that the benchmark makes, in two processes, the longest first.

A run is one way of doing one case with one seed: the seed gives all ways the same draws. How long the documented order
takes does not depend on the assumed request rate (it never comes near it, and a test says so), so it is run once for
each seed and not again for each rate.
"""

import io
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Final, Literal

from bench import other_ways, workflow
from bench.by_hand import DEFAULT_CHECKS, FASTEST_CHECKS, Checks
from bench.cases import CLUSTER, RATE, TOPOLOGIES, Case
from bench.workflow import BenchmarkError, Measured, Timeline
from sandbox.account import Account

Way = Literal["workflow", "documented", "terraformLike", "documentedFastest", "terraformLikeFastest"]
Sheet = frozenset[tuple[str, str, int]]
PROCESSES: Final = 2
RATES: Final = (1.0, RATE, 10.0)
MANY: Final = 90
TORN_DOWN: Final = (6, 90)
CHECKED_FASTEST: Final = 6
OTHERS: Final[dict[str, tuple[other_ways.Way, Checks]]] = {
    "documented": (other_ways.by_document, DEFAULT_CHECKS),
    "terraformLike": (other_ways.by_terraform, DEFAULT_CHECKS),
    "documentedFastest": (other_ways.by_document, FASTEST_CHECKS),
    "terraformLikeFastest": (other_ways.by_terraform, FASTEST_CHECKS),
}
TEARDOWN: Final = {"connection": CLUSTER, "deleteCluster": True, "finalSnapshot": False}


def seeds(nodes: int) -> int:
    return 20 if nodes <= 6 else 5


FASTEST: Final[tuple[Way, ...]] = ("documentedFastest", "terraformLikeFastest")


@dataclass(frozen=True)
class Run:
    way: Way
    case: Case
    seed: int


@dataclass(frozen=True)
class Outcome:
    """Seconds to ready; which endpoints are, by node, name and port; more is known of the workflow."""

    seconds: float
    sheet: Sheet = frozenset()
    measured: Measured | None = None
    teardown: Measured | None = None
    spans: dict[str, list[float]] | None = None
    real_seconds: float = 0.0


def cases(sizes: Iterable[int] = TOPOLOGIES) -> list[Case]:
    found = [Case(mode, nodes) for mode in ("create", "adopt") for nodes in sizes]
    return [Case(each.mode, each.nodes, rate) for each in found for rate in (RATES if each.nodes == MANY else (RATE,))]


def planned(sizes: Iterable[int] = TOPOLOGIES) -> list[Run]:
    """All runs, the longest first."""
    chosen = cases(sizes)
    ways: list[tuple[Way, Case]] = [(way, case) for case in chosen for way in ("workflow", "terraformLike")]
    ways += [("documented", case) for case in chosen if case.rate == RATE]
    ways += [(way, case) for case in chosen if case.nodes == CHECKED_FASTEST for way in FASTEST]
    found = [Run(way, case, seed) for way, case in ways for seed in range(seeds(case.nodes))]
    return sorted(found, key=lambda run: (-run.case.nodes, not torn_down(run.case)))


def torn_down(case: Case) -> bool:
    return case.mode == "create" and case.nodes in TORN_DOWN and case.rate == RATE


def carry_out(run: Run) -> Outcome:
    if run.way == "workflow":
        return _workflow(run)
    way, checks = OTHERS[run.way]
    seconds, endpoints = other_ways.run(way, run.case, run.seed, checks)
    return Outcome(seconds, frozenset((each.node, each.endpoint, each.port) for each in endpoints))


def _workflow(run: Run) -> Outcome:
    began = time.perf_counter()
    with Account(run.case.world(), run.seed, logs=io.StringIO()) as account:
        timeline = Timeline(account.machine("provision").definition)
        measured, handoff = workflow.measure(account, "provision", run.case.request(), [timeline])
        took = time.perf_counter() - began
        teardown = _tear_down(account) if torn_down(run.case) else None
    sheet = frozenset((each["node"], each["endpoint"], each["port"]) for each in handoff["endpoints"])
    return Outcome(measured.seconds, sheet, measured, teardown, timeline.spans, took)


def _tear_down(account: Account) -> Measured:
    measured, _ = workflow.measure(account, "teardown", TEARDOWN)
    left = account.snapshot.owned()
    if left:
        raise BenchmarkError(f"a teardown left {left}")
    return measured


def all_outcomes(runs: Iterable[Run], told: Callable[[Run], Any]) -> dict[Run, Outcome]:
    found: dict[Run, Outcome] = {}
    with ProcessPoolExecutor(PROCESSES) as pool:
        waiting = {pool.submit(carry_out, run): run for run in runs}
        try:
            for each in as_completed(waiting):
                found[waiting[each]] = each.result()
                told(waiting[each])
        finally:
            pool.shutdown(cancel_futures=True)  # after a failure, what has not begun is not begun
    for case, seed in {(run.case, run.seed) for run in found}:
        _agree(case, seed, [outcome for _, outcome in _of(found, case, seed) if outcome.sheet])
    return found


def _of(found: dict[Run, Outcome], case: Case, seed: int) -> Iterator[tuple[Run, Outcome]]:
    return ((run, outcome) for run, outcome in found.items() if run.case == case and run.seed == seed)


def _agree(case: Case, seed: int, outcomes: list[Outcome]) -> None:
    """All ways end with the same endpoints, one for each node."""
    sheets = {outcome.sheet for outcome in outcomes}
    if len(sheets) != 1 or len(next(iter(sheets))) != case.nodes:
        raise BenchmarkError(f"{case}, seed {seed}: the ways do not end with the same endpoints: {sheets}")
