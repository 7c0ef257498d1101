"""The demo's picture of a run: a table of steps that fills as virtual time passes.

It listens to the interpreter, which reports when a state is entered or left and when the clock moves. On a terminal the
table is redrawn in place; elsewhere each step is printed as a line.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sandbox.clock import REAL_SLEEP, clock_face
from sandbox.stepfunctions.interpreter import Moment

SHOWN: Final = ("Task", "Wait", "Succeed", "Fail")
SECONDS_A_MINUTE: Final = 0.9  # real seconds for a virtual minute: slow enough to read, fast enough to wait for
FRAME: Final = 0.1


@dataclass
class Row:
    """One state, all its entries and iterations together."""

    since: float
    comment: str
    running: int = 0
    entries: int = 0
    retries: int = 0
    until: float = 0.0

    def state(self, now: float) -> str:
        times = f" ({self.entries} times)" if self.entries > 1 else ""
        retries = f", {self.retries} retried" if self.retries else ""
        if not self.running:
            return f"[green]done[/]{times}{retries}"
        if self.until > now:
            return f"[yellow]waiting, {clock_face(self.until - now)} more[/]{times}{retries}"
        return f"[cyan]running[/]{times}{retries}"


class Picture:
    """Give `watch` to a run as a listener and `moved` to its clock."""

    def __init__(self, console: Console, began: float, paced: bool) -> None:
        self.console = console
        self.rows: dict[str, Row] = {}
        self._began = self._now = began
        self._paced = paced
        self._real = perf_counter()
        self._drawn = -FRAME
        self._said: set[tuple[str, str, int | None]] = set()
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Shows the table while the block runs, and leaves its last state on the screen."""
        with self._live or nullcontext():
            yield
            self._drawn = -FRAME
            self._draw()

    def watch(self, moment: Moment) -> None:
        kind = moment.type.removeprefix("State").removesuffix("ServiceLambda")
        if not kind.startswith(SHOWN):
            return
        row = self.rows.setdefault(moment.state, Row(moment.at - self._began, moment.comment))
        self._note(row, moment)
        self._draw()

    def _note(self, row: Row, moment: Moment) -> None:
        if moment.kind == "entered":
            row.running, row.entries = row.running + 1, row.entries + 1
            self._say(moment.comment, moment)
        elif moment.kind == "left":
            row.running -= 1
        else:
            row.retries += moment.kind == "retrying"
            row.until = max(row.until, moment.at + moment.seconds)
            self._say(f"{moment.kind} {clock_face(moment.seconds)}", moment)

    def _say(self, text: str, moment: Moment) -> None:
        """Prints a line where there is no terminal. Later rounds of a loop are not printed."""
        said = (moment.state, moment.kind, moment.index)
        if self._live is not None or said in self._said:
            return
        self._said.add(said)
        item = "" if moment.index is None else f" [{moment.index}]"
        line = f"{clock_face(moment.at - self._began):>8}  {moment.state}{item}: {text}"
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def moved(self, to: Callable[[float], None]) -> Callable[[float], None]:
        """Wraps the clock's callback ``to``: shows time passing, then calls it."""

        def move(now: float) -> None:
            self._pass(now)
            to(now)

        return move

    def _pass(self, now: float) -> None:
        """Waits until real time has caught up with virtual time. Time spent computing counts as waited."""
        ahead = (now - self._began) / 60 * SECONDS_A_MINUTE - (perf_counter() - self._real) if self._paced else 0.0
        frames = max(0, int(ahead / FRAME))
        step = (now - self._now) / (frames + 1)
        for _ in range(frames):
            self._now += step
            self._draw()
            REAL_SLEEP(FRAME)
        self._now = now

    def _draw(self) -> None:
        if self._live is not None and perf_counter() - self._drawn >= FRAME / 2:
            self._live.update(self._table(), refresh=True)
            self._drawn = perf_counter()

    def _table(self) -> Table:
        table = Table(title=f"virtual time {clock_face(self._now - self._began)}", title_justify="left", box=None)
        table.add_column("at", justify="right", no_wrap=True)
        for column in ("step", "", "what for"):
            table.add_column(column, no_wrap=True, overflow="ellipsis")
        room = max(1, self.console.height - 4)
        for name, row in list(self.rows.items())[-room:]:
            table.add_row(clock_face(row.since), name, row.state(self._now), row.comment)
        return table
