"""Standard output and standard error, and what becomes of a command that cannot write to them."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

import typer
from rich.console import Console, RenderableType

from private_connection_cli.problems import Exit, Problem

WIDE: Final = 10_000
"""Columns where there is no terminal: a line there is as long as what it says."""
Answer = TypeVar("Answer")


class Unwritten(Problem):
    """Not everything could be written. `reason` is None where the reader has gone, as `head` does."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(f"cannot write the output: {reason}", Exit.UNREAD if reason is None else Exit.USAGE)
        self.reason = reason


class _Output:
    """A stream that tells of what it cannot write by an error of this program: libraries take others for their own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        return self._told(lambda: int(self._stream.write(text)))

    def flush(self) -> None:
        self._told(self._stream.flush)

    def _told(self, action: Callable[[], Answer]) -> Answer:
        try:
            return action()
        except OSError as error:
            self._give_up()
            raise Unwritten(None if isinstance(error, BrokenPipeError) else error.strerror) from error

    def _give_up(self) -> None:
        """Python writes what is left when it ends, and would complain."""
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


@contextlib.contextmanager
def written() -> Iterator[None]:
    """Raises Unwritten for what cannot be written, at the end of the block at the latest.

    Both streams may lead to one reader: ``provision … 2>&1 | head``.
    """
    output = _Output(sys.stdout)
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(_Output(sys.stderr)):
        try:
            yield
        except SystemExit:
            output.flush()
            raise
        output.flush()


def console(*, errors: bool = False) -> Console:
    """For standard output, or standard error."""
    found = Console(stderr=errors, highlight=False, markup=False, emoji=False)
    if not found.is_terminal:
        found.width = WIDE
    return found


def print_lines(to: Console, lines: Iterable[RenderableType]) -> None:
    """Elsewhere than on a terminal, lines end where they end: columns are filled with blanks."""
    if to.is_terminal:
        for each in lines:
            to.print(each, soft_wrap=isinstance(each, str))
        return
    with to.capture() as captured:
        for each in lines:
            to.print(each, soft_wrap=isinstance(each, str))
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()), err=to.stderr)


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
