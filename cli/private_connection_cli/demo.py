"""`private-connection demo`: creates a cluster in a sandbox, connects it, and removes all if asked to."""

import json
from pathlib import Path
from typing import Final

from rich.console import Console

from private_connection_cli.live import Picture
from private_connection_cli.sheet import sheet
from sandbox.account import Account
from sandbox.clock import clock_face
from sandbox.runs import RunReport
from sandbox.scenarios.scenario import read_json
from sandbox.world import World

CHECKOUT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = CHECKOUT / "template.yaml"
REQUEST: Final = CHECKOUT / "events" / "create.json"
REMOVAL: Final = CHECKOUT / "events" / "teardown.json"
BUILD: Final = CHECKOUT / "build" / "demo"


def demo(seed: int, paced: bool, console: Console, teardown: bool = False) -> bool:
    """Run provision on events/create.json; the hand-off goes to handoff.json. Returns whether it succeeded.

    With `teardown` it then runs teardown on events/teardown.json, and returns whether nothing is left.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "functions.log").open("w") as logs, Account(World(), seed, TEMPLATE, logs=logs) as account:
        report = _run(account, "provision", REQUEST, paced, console)
        if report.status != "SUCCEEDED":
            return False
        console.print(sheet(report.output, "text"), markup=False, highlight=False, soft_wrap=True)
        _write("handoff.json", report.output)
        return not teardown or _torn_down(account, paced, console)


def _torn_down(account: Account, paced: bool, console: Console) -> bool:
    console.print()
    report = _run(account, "teardown", REMOVAL, paced, console)
    owned, changes = account.snapshot.owned(), account.snapshot.foreign_changes()
    removed = report.output["summary"] if report.status == "SUCCEEDED" else ""
    told = f"{removed}\n\nowned: {json.dumps(owned)}\nforeignChanges: {json.dumps(changes)}"
    console.print(told, markup=False, highlight=False, soft_wrap=True)
    _write("teardown.json", {"output": report.output, "owned": owned, "foreignChanges": changes})
    return report.status == "SUCCEEDED" and not owned and not changes


def _run(account: Account, machine: str, request: Path, paced: bool, console: Console) -> RunReport:
    console.print(f"{machine} with {request.name}, in a sandbox: no AWS account is touched\n", markup=False)
    picture, moved = Picture(console, account.clock.now(), paced), account.clock.moved
    account.clock.moved = picture.moved(moved)
    with picture.shown():
        report = account.run(machine, read_json(request), listeners=[picture.watch])
    account.clock.moved = moved
    _tell(report, console)
    return report


def _write(name: str, document: object) -> None:
    (BUILD / name).write_text(json.dumps(document, indent=2) + "\n")


def _tell(report: RunReport, console: Console) -> None:
    calls = sum(report.api_calls.values())
    console.print(
        f"\n{report.status} after {clock_face(report.virtual_seconds)} of virtual time: {report.state_transitions} "
        f"state transitions, {report.lambda_invocations} function calls, {calls} AWS calls\n",
        soft_wrap=True,
    )
    if report.status != "SUCCEEDED":
        console.print(f"{report.error}: {report.cause}", markup=False, highlight=False, soft_wrap=True)
