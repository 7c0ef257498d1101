"""What Step Functions says of an execution that holds a connection."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.errors import AwsRejected, code_of, doing
from private_connection.registry.entries import Run
from private_connection.registry.table import now

UNSEEN: Final = timedelta(minutes=5)
"""DescribeExecution is eventually consistent (Step Functions API reference): one that it does not show may have started
a moment ago, though no longer ago than this.
"""
LONGEST: Final = timedelta(seconds=64_800)
"""The longest TimeoutSeconds of the machines. No execution is older."""
UNKNOWN: Final = "UNKNOWN"
REFUSED: Final = "REFUSED"
ALIVE: Final = ("RUNNING", "PENDING_REDRIVE")


@dataclass(frozen=True, slots=True)
class Life:
    """The state of an execution."""

    status: str
    """As Step Functions has it; UNKNOWN for one that it does not show, REFUSED where it does not answer."""
    stopped_at: datetime | None = None
    input: str | None = None
    refusal: str | None = None
    """How Step Functions refuses to answer."""

    def is_over(self, run: Run) -> bool:
        """Whether the run works no more; that of one that cannot be seen is judged by the age of its claim."""
        age = now() - datetime.fromisoformat(run.since)
        return {UNKNOWN: age >= UNSEEN, REFUSED: age > LONGEST}.get(self.status, self.status not in ALIVE)


def find_life(execution: str) -> Life:
    """How an execution, given by its ARN, is. Raises `Throttled` and `ServiceFault`: ask again."""
    states = clients.stepfunctions()
    try:
        with doing("asking after execution", execution):
            try:
                found = states.describe_execution(executionArn=execution)
            except ClientError as refusal:
                if code_of(refusal) == "ExecutionDoesNotExist":
                    return Life(UNKNOWN)
                raise
    except AwsRejected as rejected:
        return Life(REFUSED, refusal=str(rejected))
    return Life(found["status"], found.get("stopDate"), found.get("input"))
