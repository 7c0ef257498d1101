"""Where acceptance works: the deployed stack, and AWS's own clock."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import explained
from private_connection_cli.watch.outcomes import NotShown, Outcome, find_outcome

Found = TypeVar("Found")

MOST_SECONDS: Final = 3600.0
"""After which it is taken away, whatever has been tried by then."""


SHORT: Final = 0.5
"""Real seconds of the longest pause where an emulator's time is faster."""


class Overdue(Exception):  # noqa: N818  it is told, and what was made is taken away
    """The hour is over."""


@dataclass
class Site:
    deployment: Deployment
    deadline: float | None = None
    """When the hour is over, in seconds since the epoch; None: there is none, while things are taken away."""
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def emulated(self) -> bool:
        """Whether an emulator answers: its time is faster, and its names are in no public DNS."""
        return bool(os.environ.get("AWS_ENDPOINT_URL"))

    @property
    def most_seconds(self) -> float:
        """How long it may take. An emulator's hour may be over in seconds, so there the environment may say more."""
        said = os.environ.get("ACCEPTANCE_SECONDS") if self.emulated else None
        return float(said) if said else MOST_SECONDS

    @property
    def look(self) -> float:
        """Real seconds between two looks."""
        return 0.1 if self.emulated else 2.0

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.deployment.client(service)
        return self._clients[service]

    def ended(self, execution: str) -> Outcome | None:
        """How an execution has ended; None while it goes on, or is not shown yet."""
        with contextlib.suppress(NotShown):
            outcome = find_outcome(self.client("stepfunctions"), execution)
            return None if outcome.status == "RUNNING" else outcome
        return None

    def now(self) -> float:
        """Seconds since the epoch as AWS's answers are dated, so to the second: this machine's clock may be wrong."""
        with explained():
            answer = self.client("sts").get_caller_identity()
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()

    def pause(self, seconds: float) -> None:
        """Raises Overdue if the hour is over."""
        if self.deadline is not None and self.now() > self.deadline:
            raise Overdue
        time.sleep(min(seconds, SHORT) if self.emulated else seconds)

    def until(self, look: Callable[[], Found | None], seconds: float) -> tuple[Found | None, float]:
        """Looks until something is found, at most for so many seconds. Returns it, and the seconds that went by.

        Raises Overdue if the hour is over.
        """
        begun = self.now()
        while True:
            late = self.now() - begun > seconds  # so the last look is never before the time is over
            found = look()
            if found or late:
                return found, self.now() - begun
            self.pause(self.look)
