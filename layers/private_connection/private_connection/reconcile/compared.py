"""A connection beside what the look at the whole account told of it, and what of that a run is to change. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from private_connection.reconcile.codes import TREATMENTS, DriftCode, Mode
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.due import is_about_to_begin

UNIMPEDED: Final[frozenset[DriftCode]] = frozenset({"STRANGER_CONNECTED"})
"""What is only reported, and no run ends with."""


@dataclass(frozen=True, slots=True)
class Compared:
    connection: Connected
    mode: Mode
    drift: tuple[Drift, ...]

    def awaited(self, moment: datetime) -> tuple[Drift, ...]:
        """What a run is about to put right. Nothing is awaited where all is reported, and while repairs fail."""
        repaired = tuple(each for each in self.drift if TREATMENTS[each.code] == "repaired")
        begins = is_about_to_begin([each.code for each in repaired], self.connection.repairs, moment)
        return repaired if self.mode == "repair" and begins else ()

    def ending(self) -> tuple[Drift, ...]:
        """What a run would end with, so that none is to be started for the same node."""
        if self.mode == "report":
            return ()
        reported = (each for each in self.drift if TREATMENTS[each.code] == "reported")
        return tuple(each for each in reported if each.code not in UNIMPEDED)
