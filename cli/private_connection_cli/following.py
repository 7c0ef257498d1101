"""Watches the run that a command has started, tells what came of it, and exits with its code."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import typer
from rich.console import Console, RenderableType

from private_connection_cli import removed, swept
from private_connection_cli.deployment import Deployment
from private_connection_cli.output import console, print_json, print_lines
from private_connection_cli.planned import told as plan_lines
from private_connection_cli.planned.found import blocking
from private_connection_cli.problems import Exit
from private_connection_cli.sheet import sheet
from private_connection_cli.watch.watching import Outcome, watch

Told = Callable[[Any], str | Iterable[RenderableType]]
"""What is said of the output of a run that has succeeded."""


def followed(deployment: Deployment, execution: str, wait: bool, as_json: bool, told: Told | None) -> None:
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


def _tell(outcome: Outcome, as_json: bool, told: Told | None) -> None:
    output = json.loads(outcome.output) if outcome.output else None
    if as_json:
        keys = ("execution", "status", "error", "cause")
        print_json({**{key: getattr(outcome, key) for key in keys}, "output": output})
    elif outcome.succeeded:
        print_lines(console(), in_words(output, told))
    else:
        print_lines(console(errors=True), _why(outcome))


def in_words(output: Any, told: Told | None) -> Iterable[RenderableType]:
    """What is said of the output of a run. Without `told` it is that of any machine."""
    found = (told or _of_any)(output)
    return [found] if isinstance(found, str) else found


def _of_any(output: Any) -> str | Iterable[RenderableType]:
    if not output or "drifted" in output:
        return swept.told(output)
    if "removed" in output:
        return removed.told(output)
    if output.get("status") == "PLANNED":
        return plan_lines(output, details=False)
    if output.get("status") == "OVERTAKEN":
        return f"{output['connection']}: another run had changed it before this repair began, so it changed nothing"
    return sheet(output, "text") if "endpoints" in output else json.dumps(output, indent=2)


def _why(outcome: Outcome) -> Iterator[RenderableType]:
    """Why a run did not succeed: its findings one by one, if it ended for some."""
    cause = outcome.cause or ""
    found = list(blocking(cause))
    yield ": ".join(filter(None, (outcome.status, outcome.error, cause.partition(": ")[0] if found else cause)))
    yield from found
