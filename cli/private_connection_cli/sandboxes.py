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
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from private_connection_cli.deployment import QUICK, STACK, Place
from private_connection_cli.problems import Exit, Problem

CHECKOUT: Final = Path(__file__).resolve().parents[2]
STATE: Final = CHECKOUT / "build" / "sandbox"
IDLE_MINUTES: Final = 30
PATIENCE: Final = 5.0
"""Seconds that a sandbox has to end by itself."""

VARIABLES: Final = (
    *("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
)
Variables = dict[str, str]
_OUTLIVING: Final = list[subprocess.Popen[str]]()
"""Processes that go on when this one has ended: nobody waits for them."""


def open_sandbox(world: Path | None = None, folder: Path = STATE, time_scale: float = 60.0) -> Variables:
    """The variables by which AWS clients find the sandbox of this folder, which is started if none runs.

    Raises Problem if one runs that began with another world than the one that is named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        found = running_sandbox(folder)
        if found is None and (folder / "state.json").exists():
            typer.echo("the sandbox of before has ended, with all that was in it: this one is empty", err=True)
        if found is None:
            return _started(folder, world, time_scale)
        if world is not None and _state(folder).get("world") != str(world.resolve()):
            told = f"a sandbox runs that did not begin with {world}: private-connection sandbox reset --world {world}"
            raise Problem(f"{told} ends it, and starts one that does", Exit.USAGE)
        return found


def stop_sandbox(folder: Path = STATE, patience: float = PATIENCE) -> bool:
    """Ends the sandbox of this folder, with all that is in it. Returns whether one ran.

    One that does not end by itself, because it hangs, is killed after so many seconds.
    """
    try:
        pid = int(_state(folder)["pid"])
    except (OSError, TypeError, ValueError, KeyError):
        return False
    ran = _is_sandbox(pid)
    if ran:
        os.kill(pid, signal.SIGTERM)
        if not _has_ended(pid, patience):
            os.kill(pid, signal.SIGKILL)
            _has_ended(pid, patience)
    (folder / "state.json").unlink(missing_ok=True)
    return ran


def _has_ended(pid: int, seconds: float) -> bool:
    """Whether it ends within so many seconds."""
    until = time.monotonic() + seconds
    while _is_sandbox(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    for own in [each for each in _OUTLIVING if each.pid == pid]:
        own.wait()
        _OUTLIVING.remove(own)
    return True


def _is_sandbox(pid: int) -> bool:
    """Whether the process is there, and is a sandbox: another one may have got its number."""
    told = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return b"\0sandbox\0serve\0" in told.read_bytes()
        except OSError:
            return False
    listed = ["ps", "-o", "command=", "-p", str(pid)]
    return " sandbox serve " in subprocess.run(listed, capture_output=True, text=True, check=False).stdout


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


def running_sandbox(folder: Path = STATE) -> Variables | None:
    """What finds the sandbox of this folder, if it answers."""
    try:
        state = _state(folder)
        found = {key: state[key] for key in VARIABLES}
        Place(variables=found, config=QUICK).client("sts").get_caller_identity()
    except ReadTimeoutError as busy:
        told = f"the sandbox does not answer (process {state['pid']}): try again, or private-connection sandbox stop"
        raise Problem(told) from busy
    except (OSError, TypeError, ValueError, KeyError, BotoCoreError, ClientError):
        return None
    return found


def _started(folder: Path, world: Path | None, time_scale: float) -> Variables:
    require_checkout("--sandbox")
    line = [sys.executable, "-m", "sandbox", "serve", "--template", str(CHECKOUT / "template.yaml"), "--stack", STACK]
    options = ["--logs", str(folder / "functions.log"), "--time-scale", f"{time_scale:g}", "--idle", str(IDLE_MINUTES)]
    options += ["--world", str(world.resolve())] if world else []
    with (folder / "sandbox.log").open("w") as log:
        process = subprocess.Popen(
            [*line, *options], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    _OUTLIVING.append(process)
    variables = _said(process)
    if variables is None:
        told = " ".join((folder / "sandbox.log").read_text().split())
        raise Problem(f"the sandbox did not start: {told or 'see ' + str(folder / 'sandbox.log')}", Exit.RUN_FAILED)
    state = {"pid": str(process.pid), "world": str(world.resolve()) if world else "", **variables}
    (folder / "state.json").write_text(json.dumps(state))
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
