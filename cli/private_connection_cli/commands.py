"""The commands of `private-connection`: those that look are here, those that start runs in modules of their own."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.text import Text

from private_connection_cli import provisioning, run_commands, sandboxes
from private_connection_cli.app import Json, Name, app, command, run, sandbox_app
from private_connection_cli.checking import Checked, check
from private_connection_cli.doctor import Right, examine
from private_connection_cli.layout import Columns
from private_connection_cli.output import console, print_json, print_lines
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.registry import handoff_of, list_connections, show_connection
from private_connection_cli.sheet import FORMATS, sheet
from private_connection_cli.where import Where, World

__all__ = ["app", "main", "provisioning", "run_commands"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line, that of the process if none is given, and exits with a code of `Exit`."""
    run(arguments)


@command("list")
def list_command(where: Where, as_json: Json = False) -> None:
    """Which connections there are, and what sweeps do about them."""
    deployment = where.deployment()
    registered = list_connections(deployment)
    found = registered.connections
    if registered.unreadable:
        names = ", ".join(registered.unreadable)
        console(errors=True).print(f"not listed, as their items cannot be read (RECORD_UNREADABLE): {names}")
    if as_json:
        print_json(found)
        return
    if not found and registered.unreadable:
        return
    rows = [_row(each, deployment.parameters.get("ReconcileMode", "")) for each in found]
    told = Columns(("connection", "status", "sweeps", "last run", "findings", "working"), rows)
    print_lines(console(), [told if rows else "no connections yet: private-connection provision makes one"])


def _row(each: Mapping[str, Any], default_mode: str) -> tuple[str, ...]:
    last, working = each["lastRun"], each["working"]
    ended = " ".join(filter(None, (last["machine"], last["status"], last["error"]))) if last else ""
    mode = each.get("reconcile") or default_mode if each["status"] == "READY" else ""
    findings = "" if each["findings"] is None else str(each["findings"])
    return each["connection"], each["status"] or "", mode, ended, findings, _name_of(working)


def _name_of(run: Mapping[str, Any] | None) -> str:
    return str(run["execution"]).rpartition(":")[2] if run else ""


@command()
def show(
    where: Where, name: Name, _as_json: Annotated[bool, typer.Option("--json", help="Which it is anyhow.")] = True
) -> None:
    """All that is known of a connection, as JSON."""
    print_json(show_connection(where.deployment(), name))


@command("sheet")
def sheet_command(
    where: Where,
    name: Name,
    form: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.", autocompletion=lambda: [*FORMATS])
    ] = "text",
    output: Annotated[Path | None, typer.Option("--output", help="A file to write it to.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """What to enter in the Ververica portal."""
    if as_json:
        form = "json"
    if form not in FORMATS:
        raise Problem(f"--format is {form}; expected one of {', '.join(FORMATS)}", Exit.USAGE)
    text = sheet(handoff_of(where.deployment(), name), form)
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n")
    except OSError as error:
        raise Problem(f"{output} cannot be written: {error.strerror}", Exit.USAGE) from error


@command("check")
def check_command(
    where: Where,
    name: Name,
    as_json: Json = False,
) -> None:
    """After the portal: who is connected, which nodes answer, and what to look at. Exits with 1 unless all works."""
    deployment = where.deployment()
    found = check(deployment, handoff_of(deployment, name))
    works = all(each.works for each in found)
    if as_json:
        print_json([{**asdict(each), "works": each.works, "advice": each.advice} for each in found])
    else:
        advice = [Text(f"{each.node}: {told}") for each in found for told in each.advice]
        print_lines(console(), [_checked(found), *advice])
    raise typer.Exit(Exit.DONE if works else Exit.RUN_FAILED)


def _checked(found: Sequence[Checked]) -> RenderableType:
    rows = [
        (
            each.node,
            "yes" if each.works else "no",
            each.health,
            ", ".join(f"{one.id} {one.state} ({one.owner})" for one in each.endpoints) or "none",
        )
        for each in found
    ]
    return Columns(("node", "works", "target", "endpoints"), rows)


@command()
def doctor(where: Where, as_json: Json = False) -> None:
    """Whether your credentials have the rights that these commands need. Changes nothing."""
    rights = examine(where.deployment())
    if as_json:
        print_json([asdict(each) for each in rights])
    else:
        print_lines(console(), [_rights(rights)])
    raise typer.Exit(Exit.REFUSED if any(each.verdict == "refused" for each in rights) else Exit.DONE)


def _rights(rights: Sequence[Right]) -> RenderableType:
    """A table of them, and a line with the reason of each that is not granted."""
    verdicts = {"refused": "REFUSED"}
    rows = [(each.action, verdicts.get(each.verdict, each.verdict), each.commands) for each in rights]
    reasons = [Text(f"{each.action}: {each.reason}") for each in rights if each.reason]
    return Group(Columns(("right", "verdict", "needed by"), rows), *reasons)


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed draws other latencies.")] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="Do not slow down for people.")] = False,
    teardown: Annotated[bool, typer.Option("--teardown", help="Tear it down again afterwards.")] = False,
) -> None:
    """Create a cluster and connect it, in a sandbox in this process."""
    sandboxes.require_checkout("demo")
    from private_connection_cli.demo import demo as shown  # it needs the sandbox, which only a checkout has

    if not shown(seed, not fast, Console(file=sys.stdout), teardown):
        raise typer.Exit(Exit.RUN_FAILED)


@sandbox_app.command("stop")
def sandbox_stop() -> None:
    """End the sandbox, with all that is in it."""
    typer.echo("stopped" if sandboxes.stop_sandbox() else "none was running")


@sandbox_app.command("reset")
def sandbox_reset(world: World = None) -> None:
    """End the sandbox, and start another one, which is empty unless it begins with a world."""
    sandboxes.stop_sandbox()
    variables = sandboxes.open_sandbox(world)
    typer.echo("export " + " ".join(f"{key}={value}" for key, value in variables.items()))
