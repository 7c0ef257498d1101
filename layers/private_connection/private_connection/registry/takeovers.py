"""What becomes of a run that stands on a connection's item and works no more.

The run that takes its claim over notes on the item, in the same write, what the dead one made and was to roll back
(`unfinished`), until a run has removed it: so a run that takes over and dies itself loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from private_connection.errors import ConnectionBusy
from private_connection.registry.entries import Entry, Holder, LastRun, Run, Status
from private_connection.registry.executions import UNKNOWN, Life, find_life
from private_connection.registry.repair_runs import unsuccessful
from private_connection.registry.table import now, written

SETTLING: Final = timedelta(seconds=90)
"""How long a function may still work for a run that is over: its time-out of 60 s, and some."""


def find_dead(entry: Entry, me: Run) -> "Dead | None":
    """The holder, if there is one. Raises `ConnectionBusy` if it, or a nested run of it, still works."""
    worker = require_over(entry.connection, entry.worker, me) if entry.worker else None
    if entry.holder is None:
        return None
    return Dead(entry.holder, require_over(entry.connection, entry.holder, me), worker, entry.last_run)


def require_over(connection: str, run: Run, me: Run) -> Life:
    """How a run that stands on the item has ended. Raises `ConnectionBusy` if it has not.

    An execution that has the name of this one and is not this one ended long ago: Step Functions lets a name be used
    again after 90 days (API reference, StartExecution).
    """
    life = Life(UNKNOWN) if run.execution == me.execution else find_life(run.execution)
    if run.execution != me.execution and not life.is_over(run):
        unknown = f" (whether it still does is not known: {life.refusal})" if life.refusal else ""
        raise ConnectionBusy(
            f"claiming connection ({connection}): execution {run.execution} has worked on it since {run.since}"
            f"{unknown}; wait for its end, or stop it, and run again"
        )
    return life


@dataclass(frozen=True, slots=True)
class Dead:
    """A run that ended without releasing the connection."""

    holder: Holder
    life: Life
    worker: Life | None
    """How the nested run ended that it left on the item; null if it left none."""
    last_run: LastRun | None

    @property
    def is_recorded(self) -> bool:
        """Whether all that it had to do was done: only its release is missing."""
        recorded = self.last_run is not None and self.last_run.records(self.holder)
        return recorded or self.life.status == "SUCCEEDED"

    def add_unfinished(self, unfinished: Mapping[str, str]) -> dict[str, str]:
        """What is still to be removed, with what it made if it was to roll that back, and not before its functions and
        those of its nested run have ended: what these create is not to be missed, nor are they to delete by its name
        what the next run makes.
        """
        ends = [life.stopped_at or now() for life in (self.life, self.worker) if life and life.status != "SUCCEEDED"]
        settled = written(max(ends, default=now()) + SETTLING, rounded_up=True)
        owes = not self.is_recorded and self.holder.on_failure == "rollback"
        known = {maker: max(moment, settled) if self.worker else moment for maker, moment in unfinished.items()}
        return known | ({self.holder.maker: settled} if owes else {})

    @property
    def kept(self) -> LastRun | None:
        """The run, if what it made stays."""
        return (
            self.holder.ended(self.life.status) if self.holder.on_failure == "keep" and not self.is_recorded else None
        )

    @property
    def told(self) -> LastRun | None:
        """The run that the item tells of last. One that was recorded is told of already, and a run of recover tells of
        the one that it finished.
        """
        last, holder = self.last_run, self.holder
        is_told = holder.machine == "recover" or (last is not None and last.execution == holder.execution)
        return last if is_told else self.holder.ended(self.life.status)


def taken_over(entry: Entry, dead: Dead) -> Entry:
    """The item without its dead holder. Of a provision that was not recorded, the connection is FAILED."""
    return entry.model_copy(
        update={
            "holder": None,
            "worker": None,
            "status": failed(entry.status),
            "unfinished": dead.add_unfinished(entry.unfinished),
            "last_run": dead.told,
            "kept": dead.kept or entry.kept,
            "repairs": entry.repairs if dead.is_recorded else unsuccessful(entry, dead.holder),
        }
    )


def failed(status: Status | None) -> Status | None:
    """What a connection is after a run that failed: one that served, or that is being torn down, stays what it is."""
    return "FAILED" if status == "PROVISIONING" else status
