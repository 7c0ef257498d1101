"""`private-connection demo`: creates a cluster in a sandbox, connects it, and removes all if asked to.

Its last act is the other side's: with nothing but the hand-off it connects, as Ververica's account does on AWS.
"""

import json
from pathlib import Path
from typing import Any, Final

import boto3
from rich.console import Console

from consumer.connecting import connect, disconnect
from consumer.problems import NotConnectedError
from private_connection_cli.deployment import Deployment
from private_connection_cli.in_process import LOOK, SLOW_LOOK, deployment_in, opened, slow_down
from private_connection_cli.removed import told
from private_connection_cli.requests import read_request
from private_connection_cli.runs import start
from private_connection_cli.sandboxes import CHECKOUT
from private_connection_cli.sheet import sheet
from private_connection_cli.watch.picture import face
from private_connection_cli.watch.watching import watch
from sandbox.account import Account

REQUEST: Final = CHECKOUT / "events" / "create.json"
REMOVAL: Final = CHECKOUT / "events" / "teardown.json"
BUILD: Final = CHECKOUT / "build" / "demo"


def demo(seed: int, paced: bool, console: Console, teardown: bool = False) -> bool:
    """Run provision on events/create.json; the hand-off goes to handoff.json, the map of the other side to names.json.

    Returns whether it succeeded. With `teardown` the other side then lets go, teardown runs on events/teardown.json,
    and it returns whether nothing is left.
    """
    with opened(None, seed) as account:
        if paced:
            slow_down(account.clock)
        deployment = deployment_in(account, SLOW_LOOK if paced else LOOK)
        handoff = _run(deployment, "ProvisionArn", REQUEST, console)
        if handoff is None:
            return False
        _print(sheet(handoff, "text"), console)
        _write("handoff.json", handoff)
        if not _connected(account, handoff, console):
            return False
        return not teardown or _torn_down(account, handoff, deployment, console)


def _connected(account: Account, handoff: Any, console: Console) -> bool:
    """Whether the other side has got an endpoint to each node."""
    began = account.clock.now()
    _print(f"\nthe other side, account {account.conditions.consumer}, has this hand-off and nothing else:", console)
    try:
        names = account.visit(lambda: connect(handoff, _other_side(account)))
    except NotConnectedError as problem:
        _print(str(problem), console)
        return False
    for name, address in names.items():
        _print(f"  {name} leads to its endpoint {address}", console)
    _print(f"connected after {face(account.clock.now() - began)}", console)
    _write("names.json", names)
    return True


def _other_side(account: Account) -> boto3.Session:
    return boto3.Session(aws_access_key_id=account.conditions.consumer, aws_secret_access_key="sandbox")


def _torn_down(account: Account, handoff: Any, deployment: Deployment, console: Console) -> bool:
    """The other side lets go first: a teardown refuses while somebody is connected, unless it is forced."""
    gone = account.visit(lambda: disconnect(handoff, _other_side(account)))
    _print(f"\nthe other side has deleted its {len(gone)} endpoints\n", console)
    report = _run(deployment, "TeardownArn", REMOVAL, console)
    owned, changes = account.snapshot.owned(), account.snapshot.foreign_changes()
    left = "\n".join([*(f"left: {kind} {', '.join(ids)}" for kind, ids in owned.items()), *changes])
    for line in told(report) if report else ():
        console.print(line)
    _print(f"\n{left or 'the account is as it was before'}", console)
    _write("teardown.json", {"output": report, "owned": owned, "foreignChanges": changes})
    return report is not None and not owned and not changes


def _run(deployment: Deployment, machine: str, request: Path, console: Console) -> Any:
    """The output of a run, which is shown as it goes; None if it failed."""
    _print(f"{request.name}, in a sandbox in this process: no AWS account is touched\n", console)
    execution = start(deployment, machine, read_request(request))
    states = deployment.client("stepfunctions")
    outcome = deployment.carried_out(lambda: watch(states, execution, console, deployment.pause))
    _print(f"\n{outcome.status} after {face(outcome.seconds)} of virtual time\n", console)
    if not outcome.succeeded:
        _print(f"{outcome.error}: {outcome.cause}", console)
    return json.loads(outcome.output) if outcome.output else None


def _print(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _write(name: str, document: object) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / name).write_text(json.dumps(document, indent=2) + "\n")
