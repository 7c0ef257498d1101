"""The commands that begin with a request: `plan` and `provision`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from private_connection_cli.app import Json, Wait, command
from private_connection_cli.asking import interrupted_by_abort, is_asked_at_a_terminal
from private_connection_cli.following import followed
from private_connection_cli.planned import told
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.requests import SAMPLE, read_request, request_of
from private_connection_cli.runs import start
from private_connection_cli.sheet import sheet
from private_connection_cli.where import Where

File = Annotated[Path | None, typer.Argument(help="A request, as events/adopt.json.")]
Connection = Annotated[str | None, typer.Option(help="Without a file: the connection's name.")]
Workspace = Annotated[str | None, typer.Option(help="Without a file: the id of the Ververica workspace.")]
Cluster = Annotated[str | None, typer.Option(help="Without a file: the id of a cluster that exists.")]
RunName = Annotated[str | None, typer.Option("--name", help="A name of the run, which no other has.")]
InProcess = Annotated[
    bool, typer.Option("--in-process", help="In a sandbox in this process, which ends with it: no time is waited for.")
]
QUESTIONS = {
    "--connection": "a name for the connection",
    "--workspace": "the id of the workspace, from the Ververica portal",
    "--cluster": "the id of the ElastiCache cluster",
}


@command()
def provision(
    where: Where,
    file: File = None,
    connection: Connection = None,
    workspace: Workspace = None,
    cluster: Cluster = None,
    name: RunName = None,
    wait: Wait = True,
    in_process: InProcess = False,
    as_json: Json = False,
) -> None:
    """Connect a cluster, or bring a connection to what the request asks for."""
    asked = _request(file, connection, workspace, cluster)
    with where.opened(in_process) as deployment:
        execution = start(deployment, "ProvisionArn", asked, name)
        followed(deployment, execution, wait, as_json, lambda output: sheet(output, "text"))


@command()
def plan(
    where: Where,
    file: File = None,
    connection: Connection = None,
    workspace: Workspace = None,
    cluster: Cluster = None,
    details: Annotated[bool, typer.Option("--details", help="Every thing with every attribute, node by node.")] = False,
    name: RunName = None,
    wait: Wait = True,
    in_process: InProcess = False,
    as_json: Json = False,
) -> None:
    """See what provision would create, change and withdraw, and what that costs. Changes nothing."""
    asked = {**_request(file, connection, workspace, cluster), "plan": True}
    with where.opened(in_process) as deployment:
        execution = start(deployment, "ProvisionArn", asked, name)
        followed(deployment, execution, wait, as_json, lambda output: told(output, details))


def _request(file: Path | None, connection: str | None, workspace: str | None, cluster: str | None) -> dict[str, Any]:
    """What the file or the flags ask for; on a terminal, what is missing of the flags is asked for."""
    given = {"--connection": connection, "--workspace": workspace, "--cluster": cluster}
    if file is None:
        return request_of(*_answered(given).values())
    if any(given.values()):
        raise Problem("both a file and flags say what to connect; give one of them", Exit.USAGE)
    return read_request(file)


def _answered(given: dict[str, str | None]) -> dict[str, str]:
    missing = [flag for flag, value in given.items() if not value]
    if missing and not is_asked_at_a_terminal():
        raise Problem(f"a file, or {', '.join(missing)}, is missing; {SAMPLE}", Exit.USAGE)
    answered = {flag: value for flag, value in given.items() if value}
    for flag in missing:
        with interrupted_by_abort():
            answered[flag] = typer.prompt(QUESTIONS[flag], err=True)
    return {flag: answered[flag] for flag in given}
