"""PutEvents of EventBridge: which entries a bus takes, and what it answers for those that it does not.

Sources: EventBridge API reference, PutEvents, PutEventsRequestEntry and PutEventsResultEntry (its error codes); user
guide, "Calculating PutEvents event entry size"; botocore's model of EventBridge (1 MB a request since January 2026);
answers that LocalStack recorded on AWS (localstack/localstack, tests/aws/services/events/test_events: a detail that is
no object, a member that is missing, more than ten entries, a bus that does not exist, which takes everything and
delivers nothing); awslabs/aws-service-catalog-puppet issue 563 (a request that is too large is refused as a whole).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from moto.events.responses import EventsHandler

from sandbox.services.common import Corrected, Refused

MOST_ENTRIES: Final = 10
MOST_BYTES: Final = 256 * 1024
"""Bytes of one request, as the guide of the China Regions states them. Elsewhere EventBridge takes 1 MB since January
2026; the sandbox refuses what any Region refuses.
"""
OF_A_TIME: Final = 14
"""Bytes that the time of an entry counts."""
REQUIRED: Final = ("Source", "DetailType", "Detail")
RESERVED: Final = "aws."
Entry = Mapping[str, Any]


class Events(Corrected, EventsHandler):
    """Corrected responses."""

    def put_events(self) -> str:
        entries = self._get_param("Entries")
        if len(entries) > MOST_ENTRIES:
            raise Refused(
                "ValidationException",
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MOST_ENTRIES}",
            )
        if sum(map(size, entries)) >= MOST_BYTES:
            raise Refused("ValidationException", "Total size of the entries in the request is over the limit.")
        answers = [self._put(each) for each in entries]
        return json.dumps({"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers})

    def _put(self, entry: Entry) -> dict[str, str]:
        failure = self.conditions.failing_inside or refusal(entry)
        if failure is not None:
            code, text = failure
            return {"ErrorCode": code, "ErrorMessage": text}
        return {"EventId": self.conditions.put_event(entry)}


def size(entry: Entry) -> int:
    """The bytes that an entry counts."""
    texts: Sequence[str] = [*(entry.get(name) or "" for name in REQUIRED), *entry.get("Resources", [])]
    return sum(len(text.encode()) for text in texts) + (OF_A_TIME if "Time" in entry else 0)


def refusal(entry: Entry) -> tuple[str, str] | None:
    """The code and the message of an entry that fails."""
    for name in REQUIRED:
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if entry["Source"].startswith(RESERVED):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    return None if _is_object(entry["Detail"]) else ("MalformedDetail", "Detail is malformed.")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
