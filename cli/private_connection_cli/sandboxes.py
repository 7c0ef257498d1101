"""The served sandbox that `--sandbox` works with: the first command starts it in the background.

Its state lies in build/sandbox of the checkout: the process, what clients need to find it, and the functions' log. It
ends after half an hour in which nobody asks it for anything.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import boto3
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from private_connection_cli.deployment import STACK
from private_connection_cli.problems import Exit, Problem

CHECKOUT: Final = Path(__file__).resolve().parents[2]
STATE: Final = CHECKOUT / "build" / "sandbox"
IDLE_MINUTES: Final = 30
QUICK: Final = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})

Variables = dict[str, str]
_OUTLIVING: Final = list[subprocess.Popen[str]]()
"""Processes that go on when this one has ended: nobody waits for them."""


def open_sandbox(folder: Path = STATE, time_scale: float = 60.0) -> Variables:
    """The variables by which AWS clients find the sandbox of this folder, which is started if none runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        found = _running(folder)
        if found is None and (folder / "state.json").exists():
            typer.echo("the sandbox of before has ended, with all that was in it: this one is empty", err=True)
        return found if found is not None else _started(folder, time_scale)


def stop_sandbox(folder: Path = STATE) -> bool:
    """Ends the sandbox of this folder, with all that is in it. Returns whether one ran."""
    found = _running(folder)
    if found is not None:
        pid = int(_state(folder)["pid"])
        os.kill(pid, signal.SIGTERM)
        for own in [each for each in _OUTLIVING if each.pid == pid]:
            own.wait()
            _OUTLIVING.remove(own)
    (folder / "state.json").unlink(missing_ok=True)
    return found is not None


def require_checkout(what: str) -> None:
    """Raises Problem where the command was installed without the sandbox."""
    if not (CHECKOUT / "sandbox").is_dir():
        told = f"{what} needs a checkout of the project: clone it, and call .venv/bin/private-connection there"
        raise Problem(told, Exit.USAGE)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two commands that come first at once start one sandbox."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _state(folder: Path) -> dict[str, str]:
    state: dict[str, str] = json.loads((folder / "state.json").read_text())
    return state


def _running(folder: Path) -> Variables | None:
    """What finds the sandbox of this folder, if it answers."""
    try:
        state = _state(folder)
        client = boto3.client(
            "sts",
            region_name=state["AWS_REGION"],
            endpoint_url=state["AWS_ENDPOINT_URL"],
            aws_access_key_id=state["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=state["AWS_SECRET_ACCESS_KEY"],
            config=QUICK,
        )
        client.get_caller_identity()
    except ReadTimeoutError as busy:
        raise Problem(f"the sandbox does not answer (process {state['pid']}): try again, or end it") from busy
    except (OSError, TypeError, ValueError, KeyError, BotoCoreError, ClientError):
        return None
    return {key: value for key, value in state.items() if key.startswith("AWS_")}


def _started(folder: Path, time_scale: float) -> Variables:
    require_checkout("--sandbox")
    line = [sys.executable, "-m", "sandbox", "serve", "--template", str(CHECKOUT / "template.yaml"), "--stack", STACK]
    options = ["--logs", str(folder / "functions.log"), "--time-scale", f"{time_scale:g}", "--idle", str(IDLE_MINUTES)]
    with (folder / "sandbox.log").open("w") as log:
        process = subprocess.Popen(
            [*line, *options], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    _OUTLIVING.append(process)
    variables = _said(process)
    if variables is None:
        told = " ".join((folder / "sandbox.log").read_text().split())
        raise Problem(f"the sandbox did not start: {told or 'see ' + str(folder / 'sandbox.log')}", Exit.RUN_FAILED)
    (folder / "state.json").write_text(json.dumps({"pid": str(process.pid), **variables}))
    return variables


def _said(process: "subprocess.Popen[str]") -> Variables | None:
    """The variables that a sandbox names when it is there; None if it has ended before."""
    variables = Variables()
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if line.startswith("export "):
                variables |= dict(each.split("=", 1) for each in line.split()[1:])
            if "AWS_SECRET_ACCESS_KEY" in variables:
                return variables
    return None
