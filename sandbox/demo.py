"""`python -m sandbox demo`: a cluster is created and connected before one's eyes, in about fifteen seconds."""

import json
from typing import Final

from rich.console import Console

from sandbox.account import TEMPLATE, Account
from sandbox.live import Picture, clock_face, sheet
from sandbox.runs import RunReport
from sandbox.scenario import read_json
from sandbox.world import World

REQUEST: Final = TEMPLATE.parent / "events" / "create.json"
BUILD: Final = TEMPLATE.parent / "build" / "demo"


def demo(seed: int, paced: bool, console: Console) -> bool:
    """Run provision on events/create.json; the hand-off goes to handoff.json. Returns whether it succeeded."""
    BUILD.mkdir(parents=True, exist_ok=True)
    request = read_json(REQUEST)
    console.print(f"provision with {REQUEST.name}, in a sandbox: no AWS account is touched\n", markup=False)
    with (BUILD / "functions.log").open("w") as logs, Account(World(), seed, logs=logs) as account:
        picture = Picture(console, account.clock.now(), paced)
        account.clock.moved = picture.moved(account.clock.moved)
        with picture.shown():
            report = account.run("provision", request, listeners=[picture.watch])
    _tell(report, console)
    if report.status != "SUCCEEDED":
        return False
    (BUILD / "handoff.json").write_text(json.dumps(report.output, indent=2) + "\n")
    return True


def _tell(report: RunReport, console: Console) -> None:
    calls = sum(report.api_calls.values())
    console.print(
        f"\n{report.status} after {clock_face(report.virtual_seconds)} of virtual time: {report.state_transitions} "
        f"state transitions, {report.lambda_invocations} function calls, {calls} AWS calls\n",
        soft_wrap=True,
    )
    text = sheet(report.output) if report.status == "SUCCEEDED" else f"{report.error}: {report.cause}"
    console.print(text, markup=False, highlight=False, soft_wrap=True)
