"""EventBridge: PutEvents needs its action on the bus of each entry, under the entry's source and detail type.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge".
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.authorization.request import Need, Request, Rule
from sandbox.deployment.rules import bus_of


def _put_events(request: Request) -> Iterator[Need]:
    for entry in request.parameters["Entries"]:
        said = {"events:source": entry.get("Source", ""), "events:detail-type": entry.get("DetailType", "")}
        yield request.need(request.arn(f"event-bus/{bus_of(entry)}"), said)


RULES: Final[Mapping[str, Rule]] = {"PutEvents": _put_events}
