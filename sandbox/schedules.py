"""EventBridge Scheduler: the template's schedules start state machines as time passes.

A schedule invokes its target while a step makes time pass: while time is let pass, or while what a step has started
goes on. What is due when only the schedules' own runs go on starts once, as soon as a step makes time pass again, so a
schedule makes nothing endless. Each invocation is at its moment; on AWS it is within the minute.

Sources: EventBridge Scheduler user guide, "Schedule types" (the precision), "Adding context attributes" (what the input
may name) and API reference, Target (without an input, a default notification). What that notification is has been seen
and not been documented: an event whose detail is the text `{}`.
"""

import functools
import json
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import inf
from random import Random
from typing import Final

from sandbox.clock import VirtualClock
from sandbox.deployment.resolver import ACCOUNT
from sandbox.deployment.schedules import Schedule
from sandbox.deployment.template import Machine
from sandbox.runs import Run, current

FIRST_ATTEMPT: Final = "1"


class Scheduler:
    """Carries out schedules. `start` starts a machine on an input, under a name, for the run of its leaf.

    The runs that it starts are added to `runs`.
    """

    def __init__(
        self, clock: VirtualClock, seed: int, region: str, start: Callable[[Machine, str, str], None], runs: list[Run]
    ) -> None:
        self._clock = clock
        self._random = Random(f"{seed}/schedules")
        self._region = region
        self._start = start
        self._runs = runs
        self._created = clock.now()

    def deploy(self, schedules: Iterable[Schedule]) -> None:
        for schedule in schedules:
            self._await(schedule, schedule.recurrence.first(self._created))

    def _await(self, schedule: Schedule, moment: float) -> None:
        if moment < inf:
            self._clock.call_apart(moment, functools.partial(self._invoke, schedule, moment))

    def _invoke(self, schedule: Schedule, moment: float) -> None:
        run = Run(schedule.machine.key)
        self._runs.append(run)
        self._clock.start(functools.partial(self._begin, schedule, run, moment), apart=True)
        self._await(schedule, schedule.recurrence.after(self._clock.now(), self._created))

    def _begin(self, schedule: Schedule, run: Run, moment: float) -> None:
        current.set(run)
        self._start(schedule.machine, self._identifier(), self._input(schedule, moment))

    def _input(self, schedule: Schedule, moment: float) -> str:
        time = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if schedule.input is None:
            return json.dumps(self._notification(schedule, time))
        attributes = {
            "schedule-arn": schedule.arn,
            "scheduled-time": time,
            "execution-id": f"{self._random.getrandbits(64):016x}",
            "attempt-number": FIRST_ATTEMPT,
        }
        text = schedule.input
        for name, value in attributes.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    def _notification(self, schedule: Schedule, time: str) -> dict[str, object]:
        return {
            "version": "0",
            "id": self._identifier(),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": ACCOUNT,
            "time": time,
            "region": self._region,
            "resources": [schedule.arn],
            "detail": "{}",
        }

    def _identifier(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
