"""An event's detail, as large as EventBridge takes it.

A list that is too long is cut at its end, and the event says how many entries it lacks: half an event is of more use
than none. What an event is about is cut last.
"""

from typing import Any, Final, TypeVar

from private_connection.contracts import Contract
from private_connection.notices.events import Notice

ROOM: Final = 200_000
"""Bytes of a detail. A request keeps below 256 KiB, and more counts than the detail (user guide, "Calculating PutEvents
event entry size").
"""
LEFT_OUT: Final = 200
"""Bytes in which an event says how many entries each list lacks."""
Of = TypeVar("Of", bound=Notice)


def detail_of(notice: Notice) -> str:
    """An event's detail as JSON, with as much of its lists as there is room for."""
    return fitted(notice).model_dump_json(by_alias=True)


def fitted(notice: Of) -> Of:
    """The event with its lists cut at their ends until it takes `ROOM`, those that matter least first."""
    over = _size(notice) - ROOM
    if over <= 0:
        return notice
    cut, over = dict[str, Any](), over + LEFT_OUT
    left_out = dict(notice.left_out)
    for name in notice.cut_first:
        values: tuple[Contract, ...] = getattr(notice, name)
        kept = len(values)
        while kept and over > 0:
            kept -= 1
            over -= _size(values[kept]) + len(",")
        if kept < len(values):
            cut[name], left_out[name] = values[:kept], len(values) - kept + left_out.get(name, 0)
    return notice.model_copy(update={**cut, "left_out": left_out})


def _size(value: Contract) -> int:
    return len(value.model_dump_json(by_alias=True).encode())
