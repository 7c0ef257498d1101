"""How an execution has ended, and whether Step Functions shows it.

DescribeExecution is eventually consistent (its API reference): an execution that has just started may not exist yet for
whoever asks, and one that has ended was seen to be SUCCEEDED without its `output` (aws/aws-sdk-js issue 2462). What is
left out is taken from the last event of the history.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from private_connection_cli.problems import Exit, Problem, code_of, explained
from private_connection_cli.watch.steps import OVER

EXECUTION: Final = re.compile(r"arn:[\w-]+:states:[\w-]+:\d{12}:execution:[^:\s]+:[^:\s]+")
EXAMPLE: Final = "arn:aws:states:us-east-1:123456789012:execution:Provision:orders-1"
RESULT: Final = ("output", "error", "cause")


class NotShown(Problem):
    """Step Functions shows no such execution: there is none, or it has started just now."""

    def __init__(self, execution: str) -> None:
        super().__init__(f"there is no execution {execution}", Exit.NOT_FOUND)


@contextmanager
def asking_after(execution: str) -> Iterator[None]:
    """Raises NotShown where Step Functions says that there is no such execution, and Problem if it refuses to tell."""
    with explained():
        try:
            yield
        except ClientError as refusal:
            if code_of(refusal) == "ExecutionDoesNotExist":
                raise NotShown(execution) from refusal
            raise


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended, as DescribeExecution says, and the last event of its history."""

    execution: str
    status: str
    output: str | None
    """As JSON; None of one that has not succeeded, or where nothing shows it."""
    error: str | None
    cause: str | None
    seconds: float = 0.0
    """Until its end; 0 while it goes on."""
    input: str | None = None
    """As JSON; None where it is not shown."""

    @property
    def given(self) -> Mapping[str, Any]:
        """Its input; empty where that is no object."""
        found = json.loads(self.input or "{}")
        return found if isinstance(found, dict) else {}

    @property
    def succeeded(self) -> bool:
        return self.status == "SUCCEEDED"


def find_outcome(states: Any, execution: str) -> Outcome:
    """How it is now; its status is RUNNING while it goes on, and until it is shown with what came of it.

    Raises NotShown if Step Functions does not show it, and Problem for what is no ARN of an execution.
    """
    if not EXECUTION.fullmatch(execution):
        raise Problem(f"{execution} is no ARN of an execution, such as {EXAMPLE}", Exit.NOT_FOUND)
    with asking_after(execution):
        found = states.describe_execution(executionArn=execution)
        if not _is_whole(found):
            found = _completed(found, _last_event(states, execution))
    ended = found.get("stopDate", found["startDate"])
    seconds = (ended - found["startDate"]).total_seconds()
    output, error, cause, given = (found.get(key) for key in (*RESULT, "input"))
    return Outcome(execution, found["status"], output, error, cause, seconds, given)


def _is_whole(found: Mapping[str, Any]) -> bool:
    """Whether it leaves nothing out. A run that was stopped may have neither error nor cause."""
    return found["status"] == "RUNNING" or "output" in found or {"error", "cause"} <= found.keys()


def _last_event(states: Any, execution: str) -> Mapping[str, Any]:
    events = states.get_execution_history(executionArn=execution, maxResults=1, reverseOrder=True)["events"]
    return next(iter(events), {})


def _completed(found: Mapping[str, Any], last: Mapping[str, Any]) -> Mapping[str, Any]:
    """With what the last event says of the end; while that is another one, the end is still to be shown."""
    kind = last.get("type", "")
    if kind not in OVER:
        return {**found, "status": "RUNNING", "stopDate": found["startDate"]}
    details = last.get(f"e{kind[1:]}EventDetails", {})
    return {"stopDate": last["timestamp"], **{key: details[key] for key in RESULT if key in details}, **found}
