"""The course of an acceptance: provision, try, take away, prove, write."""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from acceptance import clearing, latencies, remains
from acceptance.assumptions.tried import Stage
from acceptance.checks import consuming
from acceptance.latencies import Latency
from acceptance.names import CONNECTION
from acceptance.report import Course, write
from acceptance.runner import Results, Runner
from acceptance.site import Overdue, Site
from acceptance.trial import Asked, Story, Trial
from private_connection_cli.problems import Problem, explained
from private_connection_cli.runs import start
from private_connection_cli.watch.outcomes import Outcome
from private_connection_cli.watch.watching import watch


def drawn() -> str:
    """An external id of 128 random bits, which no workspace has."""
    return secrets.token_hex(16)


@dataclass
class Acting:
    site: Site
    asked: Asked
    course: Course
    workspace: str
    told: Callable[[str], None]
    console: Console
    results: Results = field(default_factory=Results)

    def __post_init__(self) -> None:
        self.trial = Trial(self.site, self.asked, self.workspace)
        self._runner = Runner(self.trial, self.told, self.results)

    def act(self) -> None:
        """Goes through it all, and writes the report, also when it is interrupted: then what was made goes first."""
        self.site.deadline = self.site.now() + self.site.most_seconds
        try:
            with self._ending_early():
                self._try_all()
        finally:
            try:
                with explained():
                    self._take_away()
            finally:
                write(self.course, self.results)

    @contextmanager
    def _ending_early(self) -> Iterator[None]:
        """Keeps in the report why not everything was tried."""
        try:
            with explained():
                yield
        except Overdue:
            self.course.ended = "the hour was over"
        except Problem as problem:
            self.course.ended = str(problem)
        except KeyboardInterrupt:
            self.course.ended = "it was interrupted"
        if self.course.ended != Course.ended:
            self.told(f"{self.course.ended}: taking everything away")

    def _try_all(self) -> None:
        self._runner.stage(Stage.BEFORE)
        if self._runner.stopped:
            return
        outcome = self._provision()
        self._runner.stage(Stage.RAN)  # also of a run that failed
        if not outcome.succeeded:
            return
        self._runner.stage(Stage.STANDING)
        if self.asked.consumer is None:
            clearing.remove_policies(self.site)  # nobody is to use the role any more
        self._runner.stage(Stage.PROBES)
        self._other_side()

    def _provision(self) -> Outcome:
        deployment = self.site.deployment
        name = f"{CONNECTION}-{self.workspace[:8]}"
        self.trial.execution = start(deployment, "ProvisionArn", self.trial.request, name)
        self._runner.stage(Stage.RUNNING)
        outcome = watch(self.site.client("stepfunctions"), self.trial.execution, self.console, self.site.pause)
        self.course.provisioned = _said(outcome)
        if outcome.output:
            self.trial.handoff = json.loads(outcome.output)
        return outcome

    def _other_side(self) -> None:
        if self.asked.consumer is not None and not self._runner.stopped:
            try:
                reached = consuming.connect(self.trial)
                self.course.other_side = f"connected: {len(reached)} of {len(self.trial.handoff['endpoints'])} nodes"
            except consuming.NotConnected as refusal:
                self.course.other_side = f"not connected: {refusal}"
                return
        self._runner.stage(Stage.CONSUMER)

    def _take_away(self) -> None:
        ids = self._there()
        if self.asked.consumer is not None and self.trial.handoff:
            self._disconnect()
        outcome = clearing.clear(self.site, self.told, self.console)
        self.course.removed = _said(outcome)
        self.course.left = remains.left(self.site, self.asked.cluster is None, ids)
        self.course.latencies = self._latencies(outcome)

    def _there(self) -> dict[str, list[str]]:
        """The ids of what there is now, as far as AWS tells."""
        service: Mapping[str, Any] = {}
        with contextlib.suppress(ClientError, BotoCoreError, ValueError):  # the proof has names and tags besides
            service = self.trial.service if self.trial.handoff else {}
        return remains.there(self.trial.handoff, service, self.trial.things)

    def _disconnect(self) -> None:
        try:
            consuming.disconnect(self.trial)
        except (consuming.NotConnected, OSError) as refusal:
            self.told(f"the other account's endpoints: {refusal}")

    def _latencies(self, outcome: Outcome) -> list[Latency]:
        states = self.site.client("stepfunctions")
        runs = {"provision": self.trial.execution, "teardown": outcome.execution}
        stories = {name: Story(states, each) for name, each in runs.items() if each}
        measured = [Latency(what, seconds) for what, seconds in self.trial.measured.items()]
        return [*measured, *latencies.of_runs(stories)]


def _said(outcome: Outcome) -> str:
    return " ".join(each for each in (outcome.status, outcome.error, outcome.cause) if each)
