"""The results of the runs: rows of medians over the seeds, as a table and as JSON."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.cases import RATE, Case
from bench.cold_start import ColdStart
from bench.limit import limit
from bench.runs import Outcome, Run, Way, cases, seeds, torn_down
from bench.workflow import Measured

Outcomes = Mapping[Run, Outcome]
PLACES = 6


@dataclass(frozen=True)
class Row:
    """Seconds are medians, and so is what the workflow took, but for the largest history and payload of any seed.

    `over` is the median, over the seeds, of the workflow's time divided by the limit's of the same seed.
    """

    case: Case
    workflow: float
    documented: float
    terraform_like: float
    limit: float
    over: float
    measured: Measured

    def as_json(self) -> dict[str, object]:
        return {
            "mode": self.case.mode,
            "nodes": self.case.nodes,
            "rate": self.case.rate,
            "seeds": seeds(self.case.nodes),
            "workflow": round(self.workflow, 3),
            "documented": round(self.documented, 3),
            "terraformLike": round(self.terraform_like, 3),
            "limit": round(self.limit, 3),
            **measurements(self.measured),
        }


def measurements(measured: Measured) -> dict[str, object]:
    return {
        "historyEvents": measured.history_events,
        "maxPayloadBytes": measured.max_payload_bytes,
        "stateTransitions": measured.state_transitions,
        "apiCalls": measured.api_calls,
        "costUsd": round(measured.cost_usd, PLACES),
    }


def rows(outcomes: Outcomes, sizes: Iterable[int]) -> list[Row]:
    return [_row(outcomes, case) for case in cases(sizes)]


def _row(outcomes: Outcomes, case: Case) -> Row:
    def times(way: Way, at: Case = case) -> list[float]:
        return [outcomes[Run(way, at, seed)].seconds for seed in range(seeds(case.nodes))]

    ours, limits = times("workflow"), [limit(case, seed) for seed in range(seeds(case.nodes))]
    return Row(
        case,
        median(ours),
        median(times("documented", Case(case.mode, case.nodes, RATE))),
        median(times("terraformLike")),
        median(limits),
        median(one / least for one, least in zip(ours, limits, strict=True)),
        together([each.measured for each in _workflows(outcomes, case) if each.measured is not None]),
    )


def together(measured: Sequence[Measured]) -> Measured:
    """One measurement for the runs of all seeds."""

    def middle(of: Callable[[Measured], float]) -> float:
        return median(of(each) for each in measured)

    return Measured(
        seconds=middle(lambda each: each.seconds),
        history_events=max(each.history_events for each in measured),
        max_payload_bytes=max(each.max_payload_bytes for each in measured),
        state_transitions=round(middle(lambda each: each.state_transitions)),
        api_calls=round(middle(lambda each: each.api_calls)),
        cost_usd=middle(lambda each: each.cost_usd),
    )


def teardowns(outcomes: Outcomes, sizes: Iterable[int]) -> list[tuple[Case, Measured]]:
    found = [(case, [each.teardown for each in _workflows(outcomes, case)]) for case in cases(sizes) if torn_down(case)]
    return [(case, together([each for each in measured if each is not None])) for case, measured in found]


def _workflows(outcomes: Outcomes, case: Case) -> list[Outcome]:
    return [outcomes[Run("workflow", case, seed)] for seed in range(seeds(case.nodes))]


def as_json(
    found: Iterable[Row],
    torn_down: Iterable[tuple[Case, Measured]],
    starts: Iterable[ColdStart],
    sweeps: Sequence[Mapping[str, object]],
) -> str:
    document = {
        "rows": [row.as_json() for row in found],
        "teardown": [
            {"nodes": case.nodes, "seconds": round(each.seconds, 3), **measurements(each)} for case, each in torn_down
        ],
        "sweeps": sweeps,
        "coldStart": [each.as_json() for each in starts],
    }
    return json.dumps(document, indent=2) + "\n"


def table(found: Iterable[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "| mode | nodes | rate | workflow | limit | × limit | documented | Terraform-like | transitions | events "
        "| largest payload | AWS calls | cost |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    return "\n".join([*lines, *map(_line, found)])


def _line(row: Row) -> str:
    measured = row.measured
    cells = [
        row.case.mode,
        f"{row.case.nodes}",
        f"{row.case.rate:g}/s",
        *(f"{seconds:,.0f} s" for seconds in (row.workflow, row.limit)),
        f"{row.over:.3f}",
        *(f"{seconds:,.0f} s" for seconds in (row.documented, row.terraform_like)),
        *(f"{count:,}" for count in (measured.state_transitions, measured.history_events)),
        f"{measured.max_payload_bytes / 1024:,.1f} KiB",
        f"{measured.api_calls:,}",
        f"${measured.cost_usd:.4f}",
    ]
    return f"| {' | '.join(cells)} |"
