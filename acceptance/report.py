"""build/acceptance.md: what came of it, for an issue. Account ids are left out."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from acceptance.assumptions.rows import PAGE, rows, whole
from acceptance.latencies import Latency
from acceptance.names import CHECKOUT, FOLDER
from acceptance.runner import Results

REPORT: Final = FOLDER / "acceptance.md"
STATES: Final = ("holds", "differs", "not tried")


@dataclass
class Course:
    """What happened besides the rows."""

    begun: str
    region: str
    accounts: Mapping[str, str]
    """What is written for each account id."""
    provisioned: str = "not started"
    other_side: str = "no CONSUMER_PROFILE names a second account"
    removed: str = "not started"
    left: Sequence[str] | None = None
    """What is there afterwards; None: nobody could look."""
    ended: str = "it went through"
    latencies: list[Latency] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether it went through: the connection came, went, and left nothing."""
        parts = (self.provisioned, self.removed)
        done = all(each.startswith("SUCCEEDED") for each in parts) and self.ended == Course.ended
        return done and self.left == [] and not self.other_side.startswith("not connected")


def write(course: Course, results: Results, path: Path = REPORT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_without_accounts("\n".join(_page(course, results)) + "\n", course.accounts))


def summary(results: Results) -> str:
    counted = results.counted()
    told = " · ".join(f"{state} {counted.get(state, 0)}" for state in STATES)
    return f"{told} · of {sum(counted.values())}"


def _page(course: Course, results: Results) -> Iterator[str]:
    yield "# Acceptance\n"
    yield f"**{summary(results)}**\n"
    yield from _table(("", ""), _heads(course))
    if course.left:
        yield "\n## Left\n"
        yield from (f"- {each}" for each in course.left)
    yield "\n## What is assumed of AWS\n"
    yield "The rows of docs/decisions/0008-doubts-about-aws.md, in the order in which they were tried.\n"
    known = rows(PAGE)
    told = ((each.state, whole(row, known).assumed, each.seen) for row, each in results.complete().items())
    yield from _table(("", "assumption", "what was seen, or why not"), told)
    yield "\n## How long AWS took\n"
    yield from _table(("what", "seconds"), ((each.what, f"{each.seconds:.0f}") for each in course.latencies))


def _heads(course: Course) -> Iterator[tuple[str, str]]:
    yield "begun", course.begun
    yield "Region", course.region
    yield "version", _version()
    yield "provisioned", course.provisioned
    yield "the other side", course.other_side
    yield "removed", course.removed
    yield "left", "nobody could look" if course.left is None else str(len(course.left) or "nothing")
    yield "how it ended", course.ended


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for line in lines:
        cells = [each.replace("|", r"\|") for each in line]
        yield f"| {' | '.join(cells)} |"


def _without_accounts(text: str, accounts: Mapping[str, str]) -> str:
    for number, name in accounts.items():
        text = re.sub(rf"(?<!\d){number}(?!\d)", f"<{name}>", text)
    return text


def _version() -> str:
    line = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(line, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "no git checkout"
