"""Commands that watch a run, or start one of a connection that is there."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from private_connection_cli import removed, swept
from private_connection_cli.app import Json, Name, Wait, command
from private_connection_cli.asking import interrupted_by_abort, is_asked_at_a_terminal
from private_connection_cli.deployment import Deployment
from private_connection_cli.following import followed, followed_of_any
from private_connection_cli.output import print_json
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.registry import standing
from private_connection_cli.runs import execution_of, start
from private_connection_cli.where import Where

MODES: Final = {
    "repair": "sweeps mend what is not as it was left",
    "report": "sweeps report what is not as it was left, and mend nothing",
    "off": "sweeps do not look at it",
}


@command("watch")
def watch_command(
    where: Where,
    name: Annotated[str, typer.Argument(help="A connection's name, or the ARN of an execution.")],
    as_json: Json = False,
) -> None:
    """Watch the run that works on a connection, or tell how the last one ended."""
    deployment = where.deployment()
    followed_of_any(deployment, execution_of(deployment, name), not name.startswith("arn:"), as_json)


@command()
def teardown(
    where: Where,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Cut off whoever is connected.")] = False,
    delete_cluster: Annotated[
        bool, typer.Option("--delete-cluster", help="Also the cluster, if a run made it.")
    ] = False,
    wait: Wait = True,
    as_json: Json = False,
) -> None:
    """Remove a connection."""
    if not yes:
        if not is_asked_at_a_terminal():
            raise Problem("teardown removes the connection: say so with --yes", Exit.USAGE)
        with interrupted_by_abort():
            typer.confirm(f"remove the connection {name}?", abort=True, err=True)
    deployment = where.deployment()
    asked: dict[str, Any] = {"connection": name}
    asked |= {"force": True} if force else {}
    asked |= {"deleteCluster": True} if delete_cluster else {}
    execution = start(deployment, "TeardownArn", asked)
    followed(deployment, execution, wait, as_json, removed.told)


@command()
def reconcile(
    where: Where,
    name: Annotated[str | None, typer.Argument(help="A connection; all if left out.")] = None,
    wait: Wait = True,
    as_json: Json = False,
) -> None:
    """See what is not as it was left, and have it mended."""
    deployment = where.deployment()
    if name:
        standing(deployment, name)  # or there is none
    execution = start(deployment, "ReconcileArn", {"connection": name} if name else {})
    followed(deployment, execution, wait, as_json, swept.told)


@command()
def pause(where: Where, name: Name, wait: Wait = True, as_json: Json = False) -> None:
    """Have sweeps report what is not as it was left, and mend nothing. A whole run of provision records that."""
    deployment = where.deployment()
    item = _ready(deployment, name)
    mode = _mode(deployment, item)
    if mode != "repair":
        _tell_mode(name, mode, as_json)
        return
    _record_mode(deployment, item, "report", wait, as_json)


@command()
def resume(where: Where, name: Name, wait: Wait = True, as_json: Json = False) -> None:
    """Undo a pause: what was asked before it holds again. A whole run of provision records that, and mends."""
    deployment = where.deployment()
    item = _ready(deployment, name)
    mode, former = _mode(deployment, item), item.get("formerReconcile")
    again = None if former in ("report", "off") else former
    if mode == "repair" or again == item["request"]["reconcile"]:
        _tell_mode(name, mode, as_json)
        return
    _record_mode(deployment, item, again, wait, as_json)


def _ready(deployment: Deployment, name: str) -> dict[str, Any]:
    item = standing(deployment, name)
    if not item.get("request"):
        raise Problem(f"the connection {name} was never READY: it is {item['status']}", Exit.NOT_FOUND)
    return item


def _mode(deployment: Deployment, item: Mapping[str, Any]) -> str:
    """What sweeps do about what is not as it was left."""
    return str(item["request"]["reconcile"] or deployment.parameters["ReconcileMode"])


def _tell_mode(name: str, mode: str, as_json: bool) -> None:
    print_json({"connection": name, "reconcile": mode}) if as_json else typer.echo(f"{name}: {MODES[mode]} already")


def _record_mode(deployment: Deployment, item: Mapping[str, Any], mode: str | None, wait: bool, as_json: bool) -> None:
    """Runs provision with what the connection was asked for, and this `reconcile`."""
    asked = {**item["request"], "reconcile": mode}
    told = MODES[_mode(deployment, {"request": asked})]
    execution = start(deployment, "ProvisionArn", asked)
    followed(deployment, execution, wait, as_json, lambda _: f"{item['connection']}: from now on {told}")
