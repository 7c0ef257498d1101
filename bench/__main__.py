"""The benchmark's command line.

python -m bench              everything: the table, build/bench.json, docs/performance.md and its chart
python -m bench cold-start   cold starts alone, printed
python -m bench rows 1 6     the rows of some numbers of nodes, printed
python -m bench sweeps       sweeps of fleets alone, printed

Exit 1 if a claim does not hold at the request rate that is assumed of AWS.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import cold_start, report, sweep_report
from bench.cases import TOPOLOGIES
from bench.claims import claims, failing
from bench.note import note
from bench.runs import Outcome, Run, all_outcomes, planned
from bench.sweeps import all_swept

ROOT = Path(__file__).resolve().parent.parent
JSON, NOTE, CHART = ROOT / "build" / "bench.json", ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.png"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("part", nargs="?", choices=("all", "rows", "sweeps", "cold-start"), default="all")
    parser.add_argument("nodes", nargs="*", type=int, help=f"of {', '.join(map(str, TOPOLOGIES))}")
    given = parser.parse_args()
    if given.part == "cold-start":
        for each in cold_start.measure():
            print(
                f"{each.function:28} {each.milliseconds:7.1f} ms {each.bare_milliseconds:7.1f} bare  {each.ratio:.2f}"
            )
    elif given.part == "rows":
        sizes = given.nodes or list(TOPOLOGIES)
        print(report.table(report.rows(_outcomes(sizes), sizes)))
    elif given.part == "sweeps":
        return sweeps()
    else:
        return everything()
    return 0


def sweeps() -> int:
    found = all_swept()
    held = sweep_report.sweep_claims(found)
    print(sweep_report.section(found), *held, sep="\n")
    return int(bool(failing(held)))


def everything() -> int:
    from bench.chart import draw  # matplotlib is there in `make bench` only

    began = time.monotonic()
    starts = cold_start.measure()
    outcomes = _outcomes(list(TOPOLOGIES))
    rows, teardowns = report.rows(outcomes, TOPOLOGIES), report.teardowns(outcomes, TOPOLOGIES)
    swept = all_swept()
    held = [*claims(rows, teardowns, starts), *sweep_report.sweep_claims(swept)]
    JSON.parent.mkdir(exist_ok=True)
    JSON.write_text(report.as_json(rows, teardowns, starts, sweep_report.as_json(swept)))
    NOTE.write_text(note(outcomes, rows, teardowns, starts, held, sweep_report.section(swept)))
    draw(rows, CHART)
    print(report.table(rows), "", *held, "", f"{time.monotonic() - began:,.0f} s", sep="\n")
    return int(bool(failing(held)))


def _outcomes(sizes: Sequence[int]) -> dict[Run, Outcome]:
    runs = planned(sizes)
    done = iter(range(1, len(runs) + 1))

    def told(run: Run) -> None:
        if sys.stderr.isatty():
            print(f"\r{next(done)} of {len(runs)} runs", end="", file=sys.stderr, flush=True)

    return all_outcomes(runs, told)


if __name__ == "__main__":
    sys.exit(main())
