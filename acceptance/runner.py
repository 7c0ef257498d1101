"""Goes through the checks, stage by stage, and keeps what came of each row."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from acceptance.assumptions.tried import TRIED, Check, Stage
from acceptance.assumptions.untried import UNTRIED
from acceptance.site import Overdue
from acceptance.trial import Trial
from acceptance.verdicts import Verdict, untried, verdict_of

STOPPED = "what comes after the first difference is not tried; KEEP_GOING=1 tries it"
NOT_REACHED = "acceptance ended before it"
ALONE = "no CONSUMER_PROFILE names a second account"


@dataclass
class Results:
    """Verdicts by how a row begins, in the order in which they are tried; what is never tried comes last."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def different(self) -> bool:
        return any(each.state == "differs" for each in self.verdicts.values())

    def counted(self) -> Mapping[str, int]:
        return Counter(each.state for each in self.complete().values())

    def complete(self) -> Mapping[str, Verdict]:
        """With the rows that were not reached, and those that are never tried."""
        reached = {row: untried(NOT_REACHED) for stage in TRIED.values() for row, _ in stage} | self.verdicts
        return {**reached, **{row: untried(why) for row, why in UNTRIED.items()}}


@dataclass
class Runner:
    trial: Trial
    told: Callable[[str], None]
    results: Results = field(default_factory=Results)
    _known: dict[Check, Verdict] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        return self.results.different and not self.trial.asked.keep_going

    def stage(self, stage: Stage) -> None:
        """Tries the rows of a stage. Raises Overdue if the hour is over."""
        self.told(f"{stage}: {len(TRIED[stage])} rows")
        for row, check in TRIED[stage]:
            self.results.verdicts[row] = verdict = self._verdict(stage, check)
            if verdict.state == "differs":
                self.told(f"  differs: {row} …: {verdict.seen}")

    def _verdict(self, stage: Stage, check: Check) -> Verdict:
        if self.stopped:
            return untried(STOPPED)
        if stage is Stage.CONSUMER and self.trial.asked.consumer is None:
            return untried(ALONE)
        if check not in self._known:
            deadline = self.trial.site.deadline
            if deadline is not None and self.trial.site.now() > deadline:
                raise Overdue
            self._known[check] = verdict_of(lambda: check(self.trial))
        return self._known[check]
