"""The commands of `private-connection`: those that look are here, those that start runs in `run_commands`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from private_connection_cli import run_commands, sandboxes
from private_connection_cli.app import Json, Name, Profile, Region, Sandbox, Stack, app, deployment_of, run, sandbox_app
from private_connection_cli.following import print_json
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.registry import list_connections, show_connection
from private_connection_cli.sheet import FORMATS, sheet

__all__ = ["app", "main", "run_commands"]


def main() -> None:
    """Runs the command line, and exits with a code of `Exit`."""
    run()


@app.command("list")
def list_command(
    stack: Stack = None, profile: Profile = None, region: Region = None, sandbox: Sandbox = False, as_json: Json = False
) -> None:
    """Which connections there are."""
    found = list_connections(deployment_of(stack, profile, region, sandbox))
    if as_json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("connection", "status", "last run", "findings", "working"):
        table.add_column(column, overflow="fold")
    for each in found:
        table.add_row(*_row(each))
    Console().print(table if found else "no connections yet: private-connection provision FILE makes one")


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    last, working = each["lastRun"], each["working"]
    ended = " ".join(filter(None, (last["machine"], last["status"], last["error"]))) if last else ""
    return each["connection"], each["status"] or "", ended, str(each["findings"]), _name_of(working)


def _name_of(run: Mapping[str, Any] | None) -> str:
    return str(run["execution"]).rpartition(":")[2] if run else ""


@app.command()
def show(
    name: Name, stack: Stack = None, profile: Profile = None, region: Region = None, sandbox: Sandbox = False
) -> None:
    """All that is known of a connection, as JSON."""
    print_json(show_connection(deployment_of(stack, profile, region, sandbox), name))


@app.command("sheet")
def sheet_command(
    name: Name,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "text",
    output: Annotated[Path | None, typer.Option("--output", help="A file to write it to.")] = None,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    sandbox: Sandbox = False,
) -> None:
    """What to enter in the Ververica portal."""
    if form not in FORMATS:
        raise Problem(f"--format is {form}; expected one of {', '.join(FORMATS)}", Exit.USAGE)
    item = show_connection(deployment_of(stack, profile, region, sandbox), name)
    if not item.get("handoff"):
        raise Problem(f"the connection {name} has no hand-off yet: it is {item['status']}", Exit.NOT_FOUND)
    text = sheet(item["handoff"], form)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n")


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed draws other latencies.")] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="Do not slow down for people.")] = False,
    teardown: Annotated[bool, typer.Option("--teardown", help="Tear it down again afterwards.")] = False,
) -> None:
    """Create a cluster and connect it, in a sandbox in this process."""
    from private_connection_cli.demo import demo as shown  # it needs the sandbox, which only a checkout has

    if not shown(seed, not fast, Console(file=sys.stdout), teardown):
        raise typer.Exit(Exit.RUN_FAILED)


@sandbox_app.command("stop")
def sandbox_stop() -> None:
    """End the sandbox, with all that is in it."""
    typer.echo("stopped" if sandboxes.stop_sandbox() else "none was running")


@sandbox_app.command("reset")
def sandbox_reset() -> None:
    """End the sandbox, and start an empty one."""
    sandboxes.stop_sandbox()
    variables = sandboxes.open_sandbox()
    typer.echo("export " + " ".join(f"{key}={value}" for key, value in variables.items()))
