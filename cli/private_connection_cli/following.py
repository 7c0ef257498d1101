"""Watches the run that a command has started, tells what came of it, and exits with its code."""

import json
from collections.abc import Callable
from typing import Any

import typer
from rich.console import Console

from private_connection_cli.deployment import Deployment
from private_connection_cli.output import print_json
from private_connection_cli.problems import Exit
from private_connection_cli.sheet import sheet
from private_connection_cli.watch.watching import Outcome, watch


def followed(
    deployment: Deployment, execution: str, wait: bool, as_json: bool, told: Callable[[Any], str] | None
) -> None:
    """Watches a run, tells what came of it, and exits with its code. The picture goes to standard error."""
    if not wait:
        print_json({"execution": execution}) if as_json else typer.echo(execution)
        return
    picture = Console(stderr=True)
    try:
        states = deployment.client("stepfunctions")
        outcome = deployment.carried_out(lambda: watch(states, execution, picture, deployment.pause))
    except KeyboardInterrupt:
        if deployment.carrier is None:
            told_again = f"the run goes on; to watch it again: private-connection watch {execution}{_where(deployment)}"
            picture.print(f"\n{told_again}", highlight=False, soft_wrap=True)
        raise typer.Exit(Exit.INTERRUPTED) from None
    _tell(outcome, as_json, told)
    raise typer.Exit(Exit.DONE if outcome.succeeded else Exit.RUN_FAILED)


def _where(deployment: Deployment) -> str:
    """The options by which another command finds the deployment."""
    place = deployment.place
    given = {"--stack": place.stack, "--profile": place.profile, "--region": place.region}
    told = "".join(f" {flag} {value}" for flag, value in given.items() if value)
    return told + (" --sandbox" if place.variables else "")


def _tell(outcome: Outcome, as_json: bool, told: Callable[[Any], str] | None) -> None:
    output = json.loads(outcome.output) if outcome.output else None
    if as_json:
        keys = ("execution", "status", "error", "cause")
        print_json({**{key: getattr(outcome, key) for key in keys}, "output": output})
    elif outcome.succeeded:
        typer.echo(_in_words(output, told))
    else:
        typer.echo(f"{outcome.status}: {outcome.error or ''} {outcome.cause or ''}".rstrip(), err=True)


def _in_words(output: Any, told: Callable[[Any], str] | None) -> str:
    if told is None:
        told = (lambda each: sheet(each, "text")) if "endpoints" in output else lambda each: json.dumps(each, indent=2)
    return told(output)
