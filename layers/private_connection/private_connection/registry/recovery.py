"""The steps of the machine Recover: it finishes a run that ended without doing so itself.

Step Functions tells EventBridge when an execution ends (Developer Guide, "Automating Step Functions event delivery with
EventBridge"). A run that was stopped, or ran out of time, did not release its connection. Most failed runs did.
"""

import json
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from private_connection.contracts import ConnectionName, Contract, Document
from private_connection.errors import AwsRejected, ConnectionBusy, InvalidRequest, NotYetConsistent
from private_connection.registry.claims import Claimed, claimed
from private_connection.registry.entries import Entry, Holder, Run
from private_connection.registry.executions import UNKNOWN, find_life
from private_connection.registry.table import change_entry, find_entry, now, written
from private_connection.registry.takeovers import find_dead, taken_over
from private_connection.request.findings import shown


class DeadRun(Contract):
    """The execution that an event tells of."""

    connection: str | None
    """The connection that its input names; null if it names none, so that the run cannot have claimed one."""
    execution: str
    """Its ARN."""


class StatusChange(Contract, extra="ignore"):
    """What the event says, as far as it is of use."""

    execution: Annotated[str, Field(alias="executionArn", pattern="^arn:.+:execution:.+$")]
    input: str | None = None
    """The execution's input as JSON; null where it is too long for an event."""


class Input(Contract, extra="ignore"):
    connection: ConnectionName


def read_dead_run(document: Document) -> DeadRun:
    """Reads the detail of an event, and asks Step Functions for an input that the event does not include.

    Raises `InvalidRequest` for what is no such detail, `AwsRejected` if Step Functions refuses to answer, and
    `NotYetConsistent` while it does not show the execution.
    """
    try:
        detail = StatusChange.model_validate_json(json.dumps(document.root))
    except ValidationError as error:
        raise InvalidRequest(
            f"reading an event's detail: found {shown(document.root)}; expected what Step Functions says of an "
            f"execution that has ended, with executionArn and, as text, input; remedy: leave it to the rule to start "
            f"this machine: the next run of the connection does the same"
        ) from error
    text = detail.input if detail.input is not None else _input(detail.execution)
    try:
        connection = Input.model_validate_json(text).connection
    except ValidationError:
        connection = None
    return DeadRun(connection=connection, execution=detail.execution)


def _input(execution: str) -> str:
    """Its input as JSON. An execution that has ended may have begun a moment ago, and need not be shown yet:
    DescribeExecution is eventually consistent (its API reference).
    """
    life = find_life(execution)
    if life.refusal:
        raise AwsRejected(life.refusal)
    if life.status == UNKNOWN:
        raise NotYetConsistent(f"asking after execution ({execution}): Step Functions does not show it")
    return life.input or "null"


class ClaimDeadRun(Contract):
    connection: ConnectionName
    dead: str
    """The ARN of the execution that is over."""
    execution: str
    """The ARN of the run that finishes it."""
    maker: str


class ClaimedDeadRun(Claimed):
    found: Literal["nothing", "worker", "dead run"]
    """What there is to do: nothing, as the run released its connection or another one has taken it over; to wait for
    the nested run that still works under its claim; or to finish it.
    """


def claim_dead_run(request: ClaimDeadRun) -> ClaimedDeadRun:
    """Claims the connection of a run that is over, if that run still holds it.

    Claiming again is the same claim.
    """
    me = Run(execution=request.execution, maker=request.maker, since=written(now()))
    try:
        entry = change_entry(
            request.connection, lambda entry: _claimed(entry, request.dead, me), find_entry(request.connection)
        )
    except ConnectionBusy:
        return _found("worker", Entry(connection=request.connection))
    held = entry.holder is not None and entry.holder.maker == me.maker
    return _found("dead run" if held else "nothing", entry)


def _found(found: Literal["nothing", "worker", "dead run"], entry: Entry) -> ClaimedDeadRun:
    return ClaimedDeadRun(found=found, **dict(claimed(entry)))


def _claimed(entry: Entry, dead: str, me: Run) -> Entry:
    """Raises `ConnectionBusy` while the run, or a nested one of it, still works: it may have been redriven."""
    if entry.holder is None or entry.holder.execution != dead:
        return entry
    over = find_dead(entry, me)
    taken = entry if over is None else taken_over(entry, over)
    return taken.model_copy(update={"holder": Holder(**dict(me), machine="recover", former=taken.status)})
