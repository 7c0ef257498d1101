"""The bounds that the figures must keep, and whether they do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.cases import RATE, Case, Mode
from bench.cold_start import ColdStart
from bench.report import Row
from bench.workflow import Measured

OVER_LIMIT: Final[dict[Mode, dict[int, float]]] = {
    "create": {1: 1.05, 3: 1.05, 6: 1.05, 90: 1.10},
    "adopt": {1: 1.10, 3: 1.10, 6: 1.10, 90: 1.20},
}
GROWTH: Final = 1.08
FASTER_THAN_DOCUMENTED, FASTER_THAN_TERRAFORM = 3.0, 1.2
MOST_EVENTS, MOST_BYTES = 12_500, 128 * 1024  # half of what Step Functions allows
CALLS_PER_NODE, CALLS_BESIDE = 16, 100
MOST_TRANSITIONS: Final = 250
COLD_START: Final = 1.6


@dataclass(frozen=True)
class Claim:
    """`assumed`: at the request rate that is assumed of AWS or a higher one; at a lower one it may fail."""

    what: str
    value: float
    bound: float
    at_least: bool = False
    assumed: bool = True

    @property
    def holds(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self) -> str:
        sign, places = ("≥" if self.at_least else "≤"), 0 if self.bound > 20 else 3
        return f"| {self.what} | {self.value:,.{places}f} | {sign} {self.bound:,.{places}f} | {self._verdict} |"

    @property
    def _verdict(self) -> str:
        if self.holds:
            return "yes"
        return "**no**" if self.assumed else "no, at a rate below the assumed one"


def claims(rows: Sequence[Row], teardowns: Iterable[tuple[Case, Measured]], starts: Sequence[ColdStart]) -> list[Claim]:
    by_case = {row.case: row for row in rows}
    return [
        *(claim for mode in OVER_LIMIT for claim in _over_limit(by_case, mode)),
        *_growth(by_case),
        *_faster(by_case),
        *(claim for row in rows if row.case.nodes == 90 for claim in _size(_named(row.case), row.case, row.measured)),
        *(claim for case, measured in teardowns if case.nodes == 90 for claim in _size("teardown", case, measured)),
        *(
            Claim("create, 6 nodes: state transitions", row.measured.state_transitions, MOST_TRANSITIONS)
            for row in rows
            if row.case == Case("create", 6)
        ),
        *_cold(starts),
    ]


def failing(held: Iterable[Claim]) -> list[Claim]:
    """The claims that do not hold at the assumed rate."""
    return [each for each in held if each.assumed and not each.holds]


def _named(case: Case) -> str:
    return f"{case.mode}, {case.nodes} nodes at {case.rate:g}/s"


def _over_limit(by_case: dict[Case, Row], mode: Mode) -> Iterator[Claim]:
    for nodes, bound in OVER_LIMIT[mode].items():
        row = by_case.get(Case(mode, nodes, RATE))
        if row is not None:
            yield Claim(f"{mode}, {nodes} node{'s' * (nodes > 1)}: time over the limit", row.over, bound)


def _growth(by_case: dict[Case, Row]) -> Iterator[Claim]:
    one, many = by_case.get(Case("create", 1)), by_case.get(Case("create", 90))
    if one is not None and many is not None:
        grown = many.workflow / one.workflow / (many.limit / one.limit)
        yield Claim("create: T(90) / T(1) over the limit's", grown, GROWTH)


def _faster(by_case: dict[Case, Row]) -> Iterator[Claim]:
    modes: tuple[Mode, ...] = ("create", "adopt")
    for row in [by_case[Case(mode, 6)] for mode in modes if Case(mode, 6) in by_case]:
        what, times = f"{row.case.mode}, 6 nodes: times faster than", (row.documented, row.terraform_like)
        slower = [seconds / row.workflow for seconds in times]
        yield Claim(f"{what} the documented order", slower[0], FASTER_THAN_DOCUMENTED, at_least=True)
        if row.case.mode == "create":
            yield Claim(f"{what} the Terraform-like run", slower[1], FASTER_THAN_TERRAFORM, at_least=True)


def _size(name: str, case: Case, measured: Measured) -> list[Claim]:
    found = {
        "history events": (measured.history_events, MOST_EVENTS),
        "bytes in any state": (measured.max_payload_bytes, MOST_BYTES),
        "AWS calls": (measured.api_calls, CALLS_PER_NODE * case.nodes + CALLS_BESIDE),
    }
    return [Claim(f"{name}: {what}", value, bound, assumed=case.rate >= RATE) for what, (value, bound) in found.items()]


def _cold(starts: Sequence[ColdStart]) -> Iterator[Claim]:
    if starts:
        worst = max(starts, key=lambda each: each.ratio)
        yield Claim(f"cold start over a bare handler's, at worst ({worst.function})", worst.ratio, COLD_START)
