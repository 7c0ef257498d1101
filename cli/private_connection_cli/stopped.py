"""What became of a run that was stopped, or that ran out of time: the machine Recover finishes it, and the registry
tells of that (docs/runbook.md, "A run that died").
"""

from collections.abc import Mapping
from typing import Any, Final

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import Problem
from private_connection_cli.registry import show_connection
from private_connection_cli.watch.watching import Outcome, find_outcome

DIED: Final = ("ABORTED", "TIMED_OUT")
CLAIMING: Final = ("Provision", "Teardown")
"""The machines whose runs claim a connection."""
UNTOLD: Final = "the registry does not tell of it: it had claimed nothing, or another run has ended since"


def finished_by(deployment: Deployment, recover: Outcome) -> Outcome:
    """The run that a run of Recover was started for, by the event that is its input. Raises Problem if it is gone."""
    return find_outcome(deployment.client("stepfunctions"), str(recover.given.get("executionArn")))


def fate(deployment: Deployment, run: Outcome) -> str | None:
    """What became of a run that has died; None for one that has not, or of a machine that claims no connection."""
    if run.status not in DIED or deployment.machine_of(run.execution) not in CLAIMING:
        return None
    if run.given.get("plan"):
        return "it was a plan, which changes nothing"
    try:
        return became(show_connection(deployment, str(run.given.get("connection"))), run.execution)
    except Problem as problem:
        return str(problem)


def became(item: Mapping[str, Any], execution: str) -> str:
    """The same of the item of its connection."""
    holder, last = item.get("holder") or {}, item.get("lastRun") or {}
    if holder.get("execution") == execution:
        return "the machine Recover finishes it some 90 seconds after its end: watch the connection again"
    if last.get("execution") != execution:
        return UNTOLD
    if holder.get("machine") == "recover":
        return "the machine Recover is at work on what it has left: watch the connection again"
    return _finished(item, last)


def _finished(item: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    name = item["connection"]
    if last["maker"] in (item.get("unfinished") or {}):
        return f"not all that it had made is removed: the next run of {name} goes on with that"
    if last["status"] == "READY":
        return f"it had recorded {name} as READY, which stays, and it was released"
    if last["machine"] == "teardown":
        return f"{name} was released and is {item['status']}: a teardown is not continued, start it again"
    if (item.get("kept") or {}).get("execution") == last["execution"]:
        return f"what it had made stays, as onFailure is keep, and {name} was released"
    return f"what it had made was removed, and {name} was released"


def told(deployment: Deployment, recover: Outcome) -> str:
    """What a run of Recover has done, which has no output of its own."""
    run = finished_by(deployment, recover)
    ended = f"{run.execution.rpartition(':')[2]} {run.status}"
    return f"{ended}: {fate(deployment, run) or 'it had ended by itself, and left nothing to recover'}"
