"""The record that another one replaces: it comes back if the run that wrote the other one never hears of it."""

from typing import Any

from private_connection.registry.entries import Entry, JsonObject


def record_of(entry: Entry) -> JsonObject:
    """What is kept of it. Its findings stand in the hand-off."""
    return {"request": entry.request, "handoff": entry.handoff}


def taken_back(entry: Entry) -> dict[str, Any]:
    """The attributes of the item with the record that stood there before; with its own, if none was replaced."""
    former: dict[str, Any] = entry.replaced or record_of(entry)
    return {**former, "findings": tuple(former["handoff"]["findings"]) if former["handoff"] else ()}
