"""The history of an execution, read while it goes on."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from private_connection_cli.watch.outcomes import asking_after

PAGE: Final = 1000  # events in an answer at most (API reference, GetExecutionHistory)
NEW: Final = 100
"""Events that are asked for at once when some are known: seldom have more happened between two looks."""


class History:
    """The events of one execution by number; `read` adds what has happened since the last time.

    It reads backwards until an event that it knows, so that a look takes one request however long the execution is.
    """

    def __init__(self, states: Any, execution: str) -> None:
        self._states = states
        self.execution = execution
        self.events: dict[int, Mapping[str, Any]] = {}
        self.now: datetime | None = None
        """The time at the last look, by the clock of Step Functions: this machine's may be another."""

    def read(self) -> list[Mapping[str, Any]]:
        """The new events, in order, each once: a page may repeat what has moved on to it since the page before.

        Raises NotShown while Step Functions does not show the execution.
        """
        new = dict[int, Mapping[str, Any]]()
        size = NEW if self.events else PAGE
        asked: dict[str, Any] = {"executionArn": self.execution, "maxResults": size, "reverseOrder": True}
        with asking_after(self.execution):
            while True:
                answer = self._states.get_execution_history(**asked)
                self.now = _date(answer)
                unknown = [each for each in answer["events"] if each["id"] not in self.events]
                new |= {each["id"]: each for each in unknown}
                if len(unknown) < len(answer["events"]) or "nextToken" not in answer:
                    break
                asked["nextToken"] = answer["nextToken"]
        self.events |= new
        return [new[each] for each in sorted(new)]


def _date(answer: Mapping[str, Any]) -> datetime:
    """When it was given, as its header says. In a sandbox in this process there is none, and one clock."""
    header = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(header) if header else datetime.now(UTC)
