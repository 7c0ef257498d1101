"""Commands that start a run, or watch one."""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from private_connection_cli.app import Json, Name, Profile, Region, Sandbox, Stack, Wait, app, deployment_of
from private_connection_cli.deployment import Deployment
from private_connection_cli.following import followed
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.registry import show_connection, standing
from private_connection_cli.requests import read_request, request_of
from private_connection_cli.runs import execution_of, start
from private_connection_cli.sheet import sheet


@app.command()
def provision(
    file: Annotated[Path | None, typer.Argument(help="A request, as events/adopt.json.")] = None,
    connection: Annotated[str | None, typer.Option(help="Without a file: the connection's name.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Without a file: the id of the Ververica workspace.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Without a file: the id of a cluster that exists.")] = None,
    name: Annotated[str | None, typer.Option(help="A name of the run, which no other has.")] = None,
    wait: Wait = True,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    sandbox: Sandbox = False,
    as_json: Json = False,
) -> None:
    """Connect a cluster, or bring a connection to what the request asks for."""
    if file and any((connection, workspace, cluster)):
        raise Problem("both a file and flags say what to connect; give one of them", Exit.USAGE)
    asked = read_request(file) if file else _asked(connection, workspace, cluster)
    deployment = deployment_of(stack, profile, region, sandbox)
    execution = start(deployment, "ProvisionArn", asked, name)
    followed(deployment, execution, wait, as_json, lambda output: sheet(output, "text"))


def _asked(connection: str | None, workspace: str | None, cluster: str | None) -> dict[str, Any]:
    """A request of the flags; on a terminal, those that are missing are asked for."""
    given = {"--connection": connection, "--workspace": workspace, "--cluster": cluster}
    missing = [flag for flag, value in given.items() if not value]
    if missing and not _is_asked_at_a_terminal():
        raise Problem(f"a file, or {', '.join(missing)}, is missing; events/adopt.json is a sample", Exit.USAGE)
    for flag in missing:
        with _or_interrupted():
            given[flag] = typer.prompt(f"the {flag.removeprefix('--')}", err=True)
    return request_of(*map(str, given.values()))


@app.command("watch")
def watch_command(
    name: Annotated[str, typer.Argument(help="A connection's name, or the ARN of an execution.")],
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    sandbox: Sandbox = False,
    as_json: Json = False,
) -> None:
    """Watch the run that works on a connection, or tell how the last one ended."""
    deployment = deployment_of(stack, profile, region, sandbox)
    followed(deployment, execution_of(deployment, name), True, as_json, None)


@app.command()
def teardown(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Cut off whoever is connected.")] = False,
    delete_cluster: Annotated[
        bool, typer.Option("--delete-cluster", help="Also the cluster, if a run made it.")
    ] = False,
    wait: Wait = True,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    sandbox: Sandbox = False,
    as_json: Json = False,
) -> None:
    """Remove a connection."""
    if not yes:
        if not _is_asked_at_a_terminal():
            raise Problem("teardown removes the connection: say so with --yes", Exit.USAGE)
        with _or_interrupted():
            typer.confirm(f"remove the connection {name}?", abort=True, err=True)
    deployment = deployment_of(stack, profile, region, sandbox)
    asked: dict[str, Any] = {"connection": name}
    asked |= {"force": True} if force else {}
    asked |= {"deleteCluster": True} if delete_cluster else {}
    execution = start(deployment, "TeardownArn", asked)
    followed(deployment, execution, wait, as_json, lambda output: str(output["summary"]))


@app.command()
def reconcile(
    name: Annotated[str | None, typer.Argument(help="A connection; all if left out.")] = None,
    wait: Wait = True,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    sandbox: Sandbox = False,
    as_json: Json = False,
) -> None:
    """See what is not as it was left, and have it mended."""
    deployment = deployment_of(stack, profile, region, sandbox)
    if name:
        show_connection(deployment, name)  # or there is none
    execution = start(deployment, "ReconcileArn", {"connection": name} if name else {})
    followed(deployment, execution, wait, as_json, lambda output: json.dumps(output, indent=2))


@app.command()
def pause(
    name: Name,
    wait: Wait = True,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    sandbox: Sandbox = False,
    as_json: Json = False,
) -> None:
    """Have sweeps report what is not as it was left, and mend nothing. A whole run of provision records that."""
    _with_mode("report", name, wait, deployment_of(stack, profile, region, sandbox), as_json)


@app.command()
def resume(
    name: Name,
    wait: Wait = True,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    sandbox: Sandbox = False,
    as_json: Json = False,
) -> None:
    """Have sweeps mend what is not as it was left. A whole run of provision records that, and begins with mending."""
    _with_mode("repair", name, wait, deployment_of(stack, profile, region, sandbox), as_json)


def _with_mode(mode: str, name: str, wait: bool, deployment: Deployment, as_json: bool) -> None:
    """Runs provision with what the connection was asked for, and this `reconcile`."""
    item = standing(deployment, name)
    if not item.get("request"):
        raise Problem(f"the connection {name} was never READY: it is {item['status']}", Exit.NOT_FOUND)
    execution = start(deployment, "ProvisionArn", {**item["request"], "reconcile": mode})
    followed(deployment, execution, wait, as_json, lambda _: f"{name}: sweeps {mode} from now on")


def _is_asked_at_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@contextlib.contextmanager
def _or_interrupted() -> Iterator[None]:
    """A question that is answered by Ctrl-C or the end of the input ends the command as Ctrl-C does elsewhere."""
    try:
        yield
    except typer.Abort:
        raise typer.Exit(Exit.INTERRUPTED) from None
