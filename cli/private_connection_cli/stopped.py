"""What became of a run that was stopped, or that ran out of time: the machine Recover finishes it, and the registry
tells of that (docs/runbook.md, "A run that died").
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import Problem
from private_connection_cli.registry import show_connection
from private_connection_cli.watch.outcomes import Outcome, find_outcome

DIED: Final = ("ABORTED", "TIMED_OUT")
CLAIMING: Final = ("Provision", "Teardown")
"""The machines whose runs claim a connection."""
CODES: Final[Mapping[str, str]] = {
    "RECOVERY_AWAITED": "the machine Recover finishes it some 90 seconds after its end: watch the connection again",
    "RECOVERING": "the machine Recover is at work on what it has left: watch the connection again",
    "UNFINISHED": "not all that it had made is removed: the next run of {connection} goes on with that",
    "READY": "it had recorded {connection} as READY, which stays, and it was released",
    "NOT_CONTINUED": "{connection} was released and is {status}: a teardown is not continued, start it again",
    "KEPT": "what it had made stays, as onFailure is keep, and {connection} was released",
    "REMOVED": "what it had made was removed, and {connection} was released",
    "PLAN": "it was a plan, which changes nothing",
    "ENDED": "it had ended by itself, and left nothing to recover",
    "UNTOLD": "the registry does not tell of it: it had claimed nothing, or another run has ended since",
    "UNKNOWN": "{problem}",
}
"""What may have become of a run, with what is said of it; UNKNOWN is a registry that cannot be asked."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a run that has died, or that the machine Recover was started for."""

    execution: str
    status: str
    code: str
    message: str

    @property
    def told(self) -> str:
        """Where another run, that of Recover, was watched."""
        return f"{self.execution.rpartition(':')[2]} {self.status}: {self.message}"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def finished_by(deployment: Deployment, recover: Outcome) -> Outcome:
    """The run that a run of Recover was started for, by the event that is its input. Raises Problem if it is gone."""
    return find_outcome(deployment.client("stepfunctions"), str(recover.given.get("executionArn")))


def fate(deployment: Deployment, run: Outcome) -> Fate | None:
    """What became of a run that has died, or of the one that this run of Recover has finished; None for any other, and
    of a machine that claims no connection.
    """
    machine = deployment.machine_of(run.execution)
    if machine == "Recover" and run.succeeded:
        finished = finished_by(deployment, run)
        return fate(deployment, finished) or _fate(finished, "ENDED")
    if run.status not in DIED or machine not in CLAIMING:
        return None
    if run.given.get("plan"):
        return _fate(run, "PLAN")
    try:
        item = show_connection(deployment, str(run.given.get("connection")))
    except Problem as problem:
        return _fate(run, "UNKNOWN", problem=str(problem))
    return _fate(run, became(item, run.execution), connection=item["connection"], status=item["status"])


def _fate(run: Outcome, code: str, **about: str) -> Fate:
    return Fate(run.execution, run.status, code, CODES[code].format(**about))


def became(item: Mapping[str, Any], execution: str) -> str:
    """The code of what became of a run that has died, by the item of its connection."""
    holder, last = item.get("holder") or {}, item.get("lastRun") or {}
    if holder.get("execution") == execution:
        return "RECOVERY_AWAITED"
    if last.get("execution") != execution:
        return "UNTOLD"
    if holder.get("machine") == "recover":
        return "RECOVERING"
    return _finished(item, last)


def _finished(item: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    if last["maker"] in (item.get("unfinished") or {}):
        return "UNFINISHED"
    if last["status"] == "READY":
        return "READY"
    if last["machine"] == "teardown":
        return "NOT_CONTINUED"
    return "KEPT" if (item.get("kept") or {}).get("execution") == last["execution"] else "REMOVED"
