"""Watches the run that a command has started, tells what came of it, and exits with its code."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import typer
from rich.console import Console, RenderableType

from private_connection_cli import removed, stopped, swept
from private_connection_cli.deployment import Deployment
from private_connection_cli.output import console, print_json, print_lines
from private_connection_cli.planned import told as plan_lines
from private_connection_cli.planned.found import blocking
from private_connection_cli.problems import Exit, Problem, Refused
from private_connection_cli.runs import watching_again
from private_connection_cli.sheet import sheet
from private_connection_cli.stopped import Fate
from private_connection_cli.watch.outcomes import NotShown, Outcome
from private_connection_cli.watch.watching import watch

Told = Callable[[Any], str | Iterable[RenderableType]]
"""What is said of the output of a run that has succeeded."""
NOT_SHOWN: Final = "Step Functions does not show the run"
NO_OUTPUT: Final = (
    "the run has succeeded, and Step Functions does not show its output: to look again: private-connection watch {}"
)


def followed(deployment: Deployment, execution: str, wait: bool, as_json: bool, told: Told) -> None:
    """Watches a run that was started just now, tells what came of it, and exits with its code. The picture goes to
    standard error.
    """
    if not wait:
        print_json({"execution": execution}) if as_json else typer.echo(execution)
        return
    try:
        outcome = _watched(deployment, execution)
    except NotShown as problem:
        raise _unwatched(deployment, execution, NOT_SHOWN) from problem
    _finish(outcome, as_json, told, stopped.fate(deployment, outcome))


def followed_of_any(deployment: Deployment, execution: str, by_name: bool, as_json: bool) -> None:
    """The same of a run of any machine. `by_name` says that its connection was asked for: if Recover works on that, the
    outcome is that of the run which Recover finishes.
    """
    outcome = _watched(deployment, execution)
    if by_name and outcome.succeeded and deployment.machine_of(execution) == "Recover":
        outcome = stopped.finished_by(deployment, outcome)
    fate = stopped.fate(deployment, outcome)
    _finish(outcome, as_json, _told_of(deployment, outcome, fate), fate)


def _watched(deployment: Deployment, execution: str) -> Outcome:
    """Raises NotShown, and Problem for whatever else ends the watching before the run has ended."""
    picture = Console(stderr=True)
    try:
        states = deployment.client("stepfunctions")
        return deployment.carried_out(lambda: watch(states, execution, picture, deployment.pause))
    except KeyboardInterrupt:
        if deployment.carrier is None:
            picture.print(f"\n{_goes_on(deployment, execution)}", highlight=False, soft_wrap=True)
        raise typer.Exit(Exit.INTERRUPTED) from None
    except Refused as refusal:
        raise _unwatched(deployment, execution, str(refusal)) from refusal


def _unwatched(deployment: Deployment, execution: str, why: str) -> Problem:
    """A run in this process ends with it."""
    if deployment.carrier is not None:
        return Problem(why)
    return Problem(f"{why}; {_goes_on(deployment, execution)}", Exit.UNWATCHED)


def _goes_on(deployment: Deployment, execution: str) -> str:
    return f"the run goes on; to watch it again: {watching_again(deployment, execution)}"


def _finish(outcome: Outcome, as_json: bool, told: Told, fate: Fate | None) -> None:
    _tell(outcome, as_json, told, fate)
    raise typer.Exit(Exit.DONE if outcome.succeeded else Exit.RUN_FAILED)


def _tell(outcome: Outcome, as_json: bool, told: Told, fate: Fate | None) -> None:
    output = json.loads(outcome.output) if outcome.output else None
    if as_json:
        keys = ("execution", "status", "error", "cause")
        beside = {"output": output, "fate": fate.as_json() if fate else None}
        print_json({**{key: getattr(outcome, key) for key in keys}, **beside})
    elif outcome.succeeded:
        print_lines(console(), in_words(output, told) if outcome.output else [NO_OUTPUT.format(outcome.execution)])
    else:
        print_lines(console(errors=True), [*_why(outcome), *([fate.message] if fate else [])])


def in_words(output: Any, told: Told) -> Iterable[RenderableType]:
    """What is said of the output of a run."""
    found = told(output)
    return [found] if isinstance(found, str) else found


def _told_of(deployment: Deployment, outcome: Outcome, fate: Fate | None) -> Told:
    """By the machine: what a sweep and what Recover leave may look the same."""
    machine = deployment.machine_of(outcome.execution)
    if machine == "Recover" and fate:
        return lambda _: fate.told
    return swept.told if machine == "Reconcile" else of_a_connection


def of_a_connection(output: Any) -> str | Iterable[RenderableType]:
    """What is said of an output that may be a hand-off, a plan or the report of a teardown."""
    if not isinstance(output, dict):
        return json.dumps(output)
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
