"""The steps Claim sweep and Record sweep: one sweep works at a time, and none that was asked for is lost.

A sweep looks at the whole account, so one that is asked for while another one works need not look too. But that one may
have looked already at what has changed since: so it looks once more.
"""

from typing import Literal

from pydantic import JsonValue

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import ConnectionBusy
from private_connection.metrics import Unit, measure
from private_connection.registry.entries import Cursor, Run, Sweep
from private_connection.registry.table import change_sweep, now, written
from private_connection.registry.takeovers import require_over
from private_connection.request.parsing import parse_sweep


class ClaimSweep(Contract):
    input: JsonValue
    """What the machine was started with."""
    execution: str
    """The ARN of the sweep that claims."""
    maker: str


class ClaimedSweep(Contract):
    maker: str
    held: bool
    """Whether this sweep works. If not, the one that does looks once more."""
    connection: ConnectionName | None
    """The connection that is to be looked at; null for all."""
    cursor: Cursor | None
    """Behind which it begins to look closely."""
    item: Sweep
    """As it is now. Record sweep changes it without having read it, unless somebody has changed it meanwhile."""


def claim_sweep(request: ClaimSweep) -> ClaimedSweep:
    """Claims the sweep, or asks the one that works to look once more. Claiming again is the same claim.

    A sweep that died has left nothing to be finished. Where the sweeps' item cannot be read, a fresh one takes its
    place. Raises `InvalidRequest` for an input that asks for nothing known.
    """
    asked = parse_sweep(request.input)
    me = Run(execution=request.execution, maker=request.maker, since=written(now()))
    item = change_sweep(lambda item: _claimed(item, me))
    held = item.holder is not None and item.holder.maker == me.maker
    return ClaimedSweep(maker=me.maker, held=held, connection=asked.connection, cursor=item.cursor, item=item)


def _claimed(item: Sweep, me: Run) -> Sweep:
    if item.holder is not None:
        if item.holder.maker == me.maker:
            return item
        try:
            require_over(item.connection, item.holder, me)
        except ConnectionBusy:
            return item.model_copy(update={"again": True})
    return item.model_copy(update={"holder": me, "again": False, "looks": 0})


class Counts(Contract):
    """What a sweep of all connections has found, as its metrics say it."""

    drifted: int
    """Connections that are not as they were left."""
    unhealthy_nodes: int
    stranger_requests: int
    repairs_failed: int | None
    """Connections that have drifted and whose last repair failed; null where that is not known."""
    records_unreadable: int
    """Connections whose items cannot be read."""
    seconds: float | None
    """Since the sweep began; null of one that did not look at all that it was to look at."""


class RecordSweep(Contract):
    maker: str
    looks: int
    """How often this sweep has looked, this time included; 0 of one that failed."""
    may_look_again: bool
    """Whether it has not looked so often yet that another one has to be started instead, so that each ends soon."""
    cursor: Cursor | None
    """How far it has looked closely. One that failed is looked after from where it began."""
    seen: Sweep
    """The item when this sweep claimed it."""
    counts: Counts | None
    """Null of a sweep that did not come to look, or looked at one connection: it cannot say how things are. One that
    failed later says what it knows.
    """


class RecordedSweep(Contract):
    next: Literal["look again", "start another", "end"]


def record_sweep(request: RecordSweep) -> RecordedSweep:
    """Lets others sweep, unless one was asked for meanwhile: then this one looks again, or another one has to be
    started. Recording again says the same. A sweep that was taken for dead has nothing more to do.

    What a sweep that ends has found is written as metrics, zeros too, so that alarms hear that nothing is wrong.
    """
    item = change_sweep(lambda item: _recorded(item, request), request.seen)
    works = item.holder is not None and item.holder.maker == request.maker
    ended = item.holder is None and item.last == request.maker
    if request.counts is not None and ended:
        _measure(request.counts)
    return RecordedSweep(next="look again" if works else "start another" if ended and item.again else "end")


def _measure(counts: Counts) -> None:
    """What is not known is left out: alarms stay as they are then, but for the one about sweeps that are missing."""
    numbers = {
        "Drifted": counts.drifted,
        "UnhealthyNodes": counts.unhealthy_nodes,
        "StrangerRequests": counts.stranger_requests,
        "RepairsFailed": counts.repairs_failed,
        "RecordsUnreadable": counts.records_unreadable,
    }
    values: dict[str, tuple[float, Unit]] = {
        name: (number, "Count") for name, number in numbers.items() if number is not None
    }
    measure(values if counts.seconds is None else values | {"SweepSeconds": (counts.seconds, "Seconds")})


def _recorded(item: Sweep, request: RecordSweep) -> Sweep:
    is_told = 0 < request.looks == item.looks
    if item.holder is None or item.holder.maker != request.maker or is_told:
        return item
    cursor = request.cursor if request.looks else item.cursor
    if item.again and request.may_look_again:
        return item.model_copy(update={"again": False, "looks": request.looks, "cursor": cursor})
    unread = None if request.looks else item.unread  # one that failed tells nothing
    return item.model_copy(update={"holder": None, "last": request.maker, "cursor": cursor, "unread": unread})
