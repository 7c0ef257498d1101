"""The command line itself: what all commands share."""

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Annotated, Any, Final, NoReturn

import typer

from private_connection_cli import VERSION
from private_connection_cli.output import Unwritten, written
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.where import Where, connection_names

app: Final = typer.Typer(
    name="private-connection",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
sandbox_app: Final = typer.Typer(help="The sandbox that --sandbox works with.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox")

Name = Annotated[str, typer.Argument(help="The connection's name.", autocompletion=connection_names)]
Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output, nothing else.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Watch the run until it ends.")]


def command(name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers a command whose parameter `where` stands for the options of `Where`."""

    def registered(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def called(**given: Any) -> None:
            where = Where(**{each.name: given.pop(each.name) for each in fields(Where)})
            function(where=where, **given)

        own = inspect.signature(function, eval_str=True).parameters
        rest = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for key, each in own.items() if key != "where"]
        shared = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in inspect.signature(Where).parameters.values()
        ]
        called.__signature__ = inspect.Signature([*rest, *shared])  # type: ignore[attr-defined]  # what typer reads
        return app.command(name)(called)

    return registered


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Connect Ververica Cloud to Amazon ElastiCache, and keep it connected."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line, and exits with a code of `Exit`."""
    try:
        with written():
            app(arguments)
    except Unwritten as unread:
        if unread.reason is None:
            sys.exit(unread.code)
        _exit(unread)
    except Problem as problem:
        _exit(problem)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


def _exit(problem: Problem) -> NoReturn:
    with contextlib.suppress(BrokenPipeError):
        typer.echo(f"private-connection: {problem}", err=True)
    sys.exit(problem.code)
