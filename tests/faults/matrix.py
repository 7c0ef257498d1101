"""The fault matrix: cells, and pairs of runs, in two workers, one row each in build/fault-matrix.md.

    python tests/faults/matrix.py cells pairs

Where a cluster is created these are all cells. Where one is adopted, a call that both make fails in two ways that are
drawn, and each way comes up; what only such a run calls fails in every way. Of pairs, each stop and each failure comes
up. With `WHOLE=1` it is all of them. Exit 1 if any of them does not hold. Tests try a part of it, and put their rows
into the same file.
"""

import fcntl
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests import draws
from tests.faults.cells import Cell, every
from tests.faults.pairs import Pair, pairs
from tests.faults.pairs import tried as rows_of_pair
from tests.faults.trials import Ending, Row, rows

FILE: Final = Path(__file__).resolve().parents[2] / "build" / "fault-matrix.md"
HEAD: Final = ("machine", "mode", "operation", "fault", "status", "error", "owned")
MODES: Final = ("create", "adopt")
WORKERS: Final = 2
Key = tuple[str, ...]


def main(asked: Sequence[str]) -> int:
    if "cells" in asked:
        FILE.unlink(missing_ok=True)  # what is no cell any more has no row
    draws.begin()
    sys.stdout.write(f"drawn with {draws.SEED}={os.environ[draws.SEED]}\n")
    failed = 0
    for mode in MODES:
        tried = in_workers(each for what in asked for each in TRIED[what](mode))
        write(tried)
        failed += _tell(mode, tried)
    return 1 if failed else 0


def chosen_cells(mode: str) -> list[Cell]:
    if mode == "create":
        return every(mode)
    both = {_of(cell) for cell in every("create")}
    sides: draws.Sides[Cell] = (
        lambda cell: (cell.machine, cell.ground, cell.row),
        lambda cell: (cell.machine, cell.ground, cell.column),
        lambda cell: None if _of(cell) in both else _of(cell),
    )
    return draws.crossed(every(mode), f"cells {mode}", sides)


def _of(cell: Cell) -> Key:
    return cell.machine, cell.ground, cell.row, cell.column


def chosen_pairs(mode: str) -> list[Pair]:
    sides: draws.Sides[Pair] = (lambda pair: (pair.road.ground, str(pair.stop)), lambda pair: pair.state)
    return draws.crossed(pairs(mode), f"pairs {mode}", sides)


TRIED: Final[Mapping[str, Callable[[str], Sequence[Cell | Pair]]]] = {"cells": chosen_cells, "pairs": chosen_pairs}


def in_workers(cells: Iterable[Cell | Pair]) -> list[Row]:
    with ProcessPoolExecutor(WORKERS, get_context("fork")) as workers:
        return [row for found in workers.map(_rows, cells) for row in found]


def _rows(tried: Cell | Pair) -> list[Row]:
    return rows_of_pair(tried) if isinstance(tried, Pair) else rows(tried)


def _tell(mode: str, tried: Sequence[Row]) -> int:
    endings = Counter(_ended(row.ending) for row in tried)
    sys.stdout.write(f"{mode}: {len(tried)} rows: {', '.join(f'{n} {name}' for name, n in endings.most_common())}\n")
    wrong = complaints(tried)
    sys.stdout.writelines(f"  {line}\n" for line in wrong)
    return len(wrong)


def _ended(ending: Ending | None) -> str:
    return "not tried" if ending is None else ending.error or ending.status


def complaints(tried: Iterable[Row]) -> list[str]:
    """What does not hold, one line a row."""
    return [f"{' | '.join(_key(row))}: {'; '.join(row.problems)}" for row in tried if row.problems]


def try_all(cells: Iterable[Cell | Pair]) -> list[str]:
    """Tries cells in this process, and notes them. Returns what does not hold."""
    tried = [row for cell in cells for row in _rows(cell)]
    write(tried)
    return complaints(tried)


def write(tried: Iterable[Row]) -> None:
    """Puts rows into the file, in place of those for the same cells."""
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # tests in several processes write to it
        file.seek(0)
        lines = _read(file.read()) | {_key(row): _line(row) for row in tried}
        file.truncate(0)
        file.write("\n".join([_joined(HEAD), _joined("---" for _ in HEAD), *(lines[key] for key in sorted(lines)), ""]))


def _read(text: str) -> dict[Key, str]:
    return {tuple(cell.strip() for cell in line.split("|")[1:5]): line for line in text.splitlines()[2:]}


def _key(row: Row) -> Key:
    return row.machine, row.mode, row.operation, row.fault


def _line(row: Row) -> str:
    if row.ending is None:
        return _joined([*_key(row), "not tried", row.problems[0], ""])
    owned = ", ".join(f"{len(names)} {kind}" for kind, names in row.ending.owned.items())
    return _joined([*_key(row), row.ending.status, row.ending.error or "", owned or "nothing"])


def _joined(values: Iterable[str]) -> str:
    return f"| {' | '.join(values)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
