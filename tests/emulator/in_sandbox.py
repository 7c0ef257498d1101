"""Plays the story in the sandbox: in process, on virtual time."""

import json
from typing import Any

from sandbox.account import Account
from sandbox.stepfunctions.interpreter import Moment
from tests.emulator.story import SEED, STEPS, WORLD, Outcome, Step, numbers


def told() -> dict[str, Outcome]:
    with Account(WORLD, seed=SEED) as account:
        return {step.title: _outcome(account, step) for step in STEPS}


def _outcome(account: Account, step: Step) -> Outcome:
    moments: list[Moment] = []
    account.run(*_started(step), name=step.title.replace(" ", "-"), listeners=[moments.append])
    execution = _execution(account, step)
    return Outcome(
        status=execution.exec_status.value,
        error=execution.error,
        cause=execution.cause,
        output=execution.output if execution.exec_status == "SUCCEEDED" else None,
        entries=tuple((_machine(each.execution), each.state) for each in moments if each.kind == "entered"),
        owned=numbers(account.snapshot.owned()),
        foreign_changes=tuple(account.snapshot.foreign_changes()),
    )


def _started(step: Step) -> tuple[str, Any]:
    if step.sample is None:
        return step.machine, step.input
    entry = step.entry
    detail = json.loads(entry["Detail"])
    return "request", {"id": f"event-of-{step.machine}", "detail-type": entry["DetailType"], "detail": detail}


def _execution(account: Account, step: Step) -> Any:
    """The step's own, not a rollback nor the request for it."""
    found = account.runs[-1].executions.items()
    return next(each for arn, each in found if _machine(arn) == step.machine and ":rollback-" not in arn)


def _machine(execution: str) -> str:
    return execution.split(":")[6].lower()
