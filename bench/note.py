"""`docs/performance.md`, written from the figures."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

from bench.cases import Case, Mode
from bench.claims import Claim
from bench.cold_start import ColdStart
from bench.limit import limit
from bench.report import Outcomes, Row, table
from bench.runs import CHECKED_FASTEST, FASTEST, MANY, Run, Way, seeds
from bench.workflow import Measured

HEAD: Final = """# Performance

Written by `make bench`; do not edit. Every time here is virtual: runs in the sandbox, on latencies drawn from the
spreads in `sandbox/conditions.py`. It says how well the work is ordered, not how fast AWS is today.

![Time to ready against nodes](performance.png)

## Time to ready

From the request to the last endpoint that is ready, in the median over the seeds. A seed gives every way the same
draws: the n-th load balancer of a seed and the registration behind it take equally long, whoever makes them.

- **limit**: what AWS itself takes for the slowest chain of things, from the draws alone (`bench/limit.py`): creating,
  the slower of cluster and load balancer, then registration and two health checks; adopting, load balancer, then
  registration and checks; plus the floor that a request-rate bucket puts under the calls that cannot come sooner, in
  the best order there is. A run would have to know the draws beforehand to reach it.
- **workflow**: this one, as deployed. `× limit` is the median of the quotient within each seed.
- **documented**: the documented order, one node after the other, by a careful person with a script that waits.
- **Terraform-like**: the vendor's module as Terraform applies it, ten resources at once, after the cluster; then the
  wait for health that the module lacks.

The other two keep the health checks that documentation and module leave at their defaults (150 s to healthy, where 10
are possible). Both call the sandbox through boto3 and end with the same endpoints, which is checked.

AWS publishes no request rates for mutating Elastic Load Balancing calls. 3 a second after a burst of 10 is assumed;
90 nodes are given at 1, 3 and 10 a second, and those rows depend on the model more than on anything else.
The workflow's concurrency is matched to 3: at 1 a second AWS refuses a third of its calls, and what it then makes again
goes over the budget of calls.
"""
TRANSITIONS: Final = """
Transitions, AWS calls and cost are medians, events and payload the largest of any seed. The cost is that of the run
(Step Functions, Lambda; us-east-1, no free tier); what it makes costs more from the first hour on.
"""


def note(
    outcomes: Outcomes,
    rows: Sequence[Row],
    teardowns: Sequence[tuple[Case, Measured]],
    starts: Sequence[ColdStart],
    held: Iterable[Claim],
    sweeps: str,
) -> str:
    parts = [
        HEAD,
        table(rows),
        TRANSITIONS,
        _claims(held),
        _fastest(outcomes, rows),
        *(_timeline(outcomes, row.case) for row in rows if row.case in (Case("create", MANY), Case("adopt", MANY))),
        _teardowns(teardowns),
        sweeps,
        _cold(starts),
        _real(outcomes),
    ]
    return "\n".join(part for part in parts if part)


def _claims(held: Iterable[Claim]) -> str:
    return "\n".join(["## What is held", "", "| | found | bound | holds |", "|---|--:|--:|---|", *map(str, held), ""])


def _fastest(outcomes: Outcomes, rows: Sequence[Row]) -> str:
    lines = [
        f"With the fastest health checks too, at {CHECKED_FASTEST} nodes, the documented order would be ready in "
        f"{_middle(outcomes, FASTEST[0], row.case):,.0f} s and the Terraform-like run in "
        f"{_middle(outcomes, FASTEST[1], row.case):,.0f} s when {title}; the workflow is in {row.workflow:,.0f} s.\n"
        for row, title in ((row, _doing(row.case.mode)) for row in rows if row.case.nodes == CHECKED_FASTEST)
    ]
    return "\n".join(lines)


def _doing(mode: Mode) -> str:
    return {"create": "creating", "adopt": "adopting"}[mode]


def _middle(outcomes: Outcomes, way: Way, case: Case) -> float:
    return median(outcomes[Run(way, case, seed)].seconds for seed in range(seeds(case.nodes)))


def _timeline(outcomes: Outcomes, case: Case) -> str:
    found, least = outcomes[Run("workflow", case, 0)], limit(case, 0)
    lines = [
        f"## Where the time goes, {_doing(case.mode)} {case.nodes} nodes",
        "",
        f"Seed 0: {found.seconds:,.0f} s, where the limit is {least:,.0f} s. Seconds at which a state was first "
        "entered and last left.",
        "",
        "| state | from | to |",
        "|---|--:|--:|",
        *(f"| {state} | {first:,.1f} | {last:,.1f} |" for state, (first, last) in (found.spans or {}).items()),
        "",
    ]
    return "\n".join(lines)


def _teardowns(found: Sequence[tuple[Case, Measured]]) -> str:
    lines = [
        f"| {case.nodes} | {each.seconds:,.0f} s | {each.state_transitions:,} | {each.history_events:,} "
        f"| {each.max_payload_bytes / 1024:,.1f} KiB | {each.api_calls:,} | ${each.cost_usd:.4f} |"
        for case, each in found
    ]
    head = ["| nodes | time | transitions | events | largest payload | AWS calls | cost |"]
    return "\n".join(["## Teardown, cluster included", "", *head, "|--:|--:|--:|--:|--:|--:|--:|", *lines, ""])


def _cold(starts: Sequence[ColdStart]) -> str:
    lines = [
        f"| {each.function} | {each.milliseconds:,.0f} | {each.bare_milliseconds:,.0f} | {each.ratio:.2f} |"
        for each in starts
    ]
    said = (
        "Milliseconds of processor time for imports and clients, the median of nine processes, beside a bare handler "
        "that makes the same clients with boto3 alone. On Lambda, starting the environment comes on top of both."
    )
    head = ["| function | ms | bare | × |", "|---|--:|--:|--:|"]
    return "\n".join(["## Cold starts", "", said, "", *head, *lines, ""]) if starts else ""


def _real(outcomes: Outcomes) -> str:
    found = [each.real_seconds for run, each in outcomes.items() if _many(run)]
    if not found:
        return ""
    return (
        f"## The sandbox itself\n\nA run that creates {MANY} nodes takes {median(found):,.0f} s of real time where "
        "this was written, with another one beside it.\n"
    )


def _many(run: Run) -> bool:
    return run.way == "workflow" and run.case == Case("create", MANY)
