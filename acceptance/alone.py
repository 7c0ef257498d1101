"""One acceptance at a time, and none in the way of one that was interrupted."""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from acceptance import clearing, remains
from acceptance.item import known, refuse_foreign
from acceptance.names import FOLDER
from acceptance.site import MOST_SECONDS, Site
from private_connection_cli.problems import Exit, Problem

JOURNAL: Final = FOLDER / "acceptance.json"
"""What this checkout has begun and not ended: the workspace id that was drawn."""


@contextlib.contextmanager
def alone(folder: Path = FOLDER) -> Iterator[None]:
    """Raises Problem if another process of this checkout is at it. The system lets go of a lock whose holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "acceptance.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise Problem("another make acceptance of this checkout is at work", Exit.REFUSED) from taken
        yield


def begin(workspace: str, account: str, journal: Path = JOURNAL) -> None:
    journal.write_text(json.dumps({"workspaceId": workspace, "account": account}))


def end(journal: Path = JOURNAL) -> None:
    journal.unlink(missing_ok=True)


def interrupted(site: Site, account: str, journal: Path = JOURNAL) -> bool:
    """Whether an earlier acceptance left something that is to be cleared.

    Raises Problem while it may be the work of somebody else, at another machine: until its hour is over.
    """
    item = known(site)
    refuse_foreign(item)
    standing = item.get("status") not in (None, "TORN_DOWN")
    if not standing and not remains.left(site, creates=True, ids={}):
        return False
    if _is_ours(journal, account, item):
        return True
    begun = _begun(site, item)
    if begun is not None and site.now() - begun < MOST_SECONDS:
        told = "another acceptance is at work in this account, begun elsewhere less than an hour ago"
        raise Problem(f"{told}: wait for it, or until the hour is over, after which this clears what it left")
    return True


def _is_ours(journal: Path, account: str, item: dict[str, Any]) -> bool:
    try:
        begun = json.loads(journal.read_text())
    except (OSError, ValueError):
        return False
    workspace = (item.get("request") or {}).get("workspaceId")
    return begun.get("account") == account and workspace in (None, begun.get("workspaceId"))


def _begun(site: Site, item: dict[str, Any]) -> float | None:
    """When the latest run of it began, in seconds since the epoch, as far as that is known."""
    states = site.client("stepfunctions")
    known = [(item.get(key) or {}).get("execution") for key in ("holder", "lastRun")]
    found = [*clearing.running(site), *(each for each in known if each)]
    times = []
    for each in found:
        with contextlib.suppress(states.exceptions.ExecutionDoesNotExist):
            times.append(states.describe_execution(executionArn=each)["startDate"].timestamp())
    return max(times, default=None)
