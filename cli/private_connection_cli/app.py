"""The command line itself: what all commands share."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Final

import typer

from private_connection_cli import sandboxes
from private_connection_cli.deployment import Deployment, Place, find_deployment
from private_connection_cli.problems import Exit, Problem

app: Final = typer.Typer(
    name="private-connection",
    help="Connect Ververica Cloud to Amazon ElastiCache, and keep it connected.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
sandbox_app: Final = typer.Typer(help="The sandbox that --sandbox works with.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox")

Stack = Annotated[str | None, typer.Option("--stack", help="The deployed stack, if not ververica-private-connection.")]
Profile = Annotated[str | None, typer.Option("--profile", help="The AWS profile.")]
Region = Annotated[str | None, typer.Option("--region", help="The Region of the deployment.")]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Work with a sandbox, not with AWS. The first command starts it.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output, nothing else.")]
Name = Annotated[str, typer.Argument(help="The connection's name.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Watch the run until it ends.")]


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line, and exits with a code of `Exit`."""
    try:
        with _told():
            app(arguments)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tells a problem in one line. A reader who has gone, as `head` does, ends the command without a word."""
    try:
        yield
        sys.stdout.flush()
    except Problem as problem:
        typer.echo(f"private-connection: {problem}", err=True)
        sys.exit(problem.code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at its end
        sys.exit(Exit.DONE)


def deployment_of(stack: str | None, profile: str | None, region: str | None, sandbox: bool) -> Deployment:
    place = Place(stack, profile, region)
    return find_deployment(replace(place, variables=sandboxes.open_sandbox()) if sandbox else place)
