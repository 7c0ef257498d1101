"""Questions to whoever sits at a terminal."""

import contextlib
import sys
from collections.abc import Iterator

import typer

from private_connection_cli.problems import Exit


def is_asked_at_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@contextlib.contextmanager
def interrupted_by_abort() -> Iterator[None]:
    """A question that is answered by Ctrl-C or the end of the input ends the command as Ctrl-C does elsewhere."""
    try:
        yield
    except typer.Abort:
        raise typer.Exit(Exit.INTERRUPTED) from None
