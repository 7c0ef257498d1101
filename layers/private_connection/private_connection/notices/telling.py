"""Puts notices on the event bus of the deployment.

A notice that cannot be put is logged and counted, and nothing else: a connection that is right is not to fail because
nobody hears of it. So one that is refused is put once more, and a bus that gives no answer is asked twice at most, by a
client of its own, which waits for seconds: a function has a minute for all that it does.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from private_connection import clients
from private_connection.metrics import count
from private_connection.notices.details import detail_of
from private_connection.notices.events import Notice
from private_connection.settings import notice_bus
from private_connection.task import logger

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE: Final = "private-connection"
MOST_ENTRIES: Final = 10
"""Entries of one request (API reference, PutEvents)."""
MOST_BYTES: Final = 250_000
"""Bytes of one request, somewhat less than the 256 KiB that EventBridge takes (user guide, "Calculating PutEvents event
entry size").
"""
OF_AN_ENTRY: Final = 500
"""Bytes that an entry counts beside its detail and its resource."""
FAILED: Final = "NoticesFailed"
"""The metric that counts notices that were not put."""


def tell(notices: Sequence[Notice]) -> int:
    """Puts the notices, and returns how many could not be put. Raises nothing that AWS answers, or does not."""
    failed = 0
    requests = list(_requests(notices))
    for place, entries in enumerate(requests):
        try:
            failed += _put(entries)
        except (BotoCoreError, ClientError) as error:
            lost = sum(map(len, requests[place:]))  # what the next request would meet is no better, and takes time
            logger.warning(f"telling {lost} notices ({notice_bus()}): {error}", extra={"error": type(error).__name__})
            failed += lost
            break
    if failed:
        count(FAILED, failed)
    return failed


def _requests(notices: Sequence[Notice]) -> Iterator[list["PutEventsRequestEntryTypeDef"]]:
    """Entries, as many at a time as one request takes."""
    request, size = list["PutEventsRequestEntryTypeDef"](), 0
    for entry in map(_entry, notices):
        bytes_of = len(entry["Detail"].encode()) + len(entry["Resources"][0]) + OF_AN_ENTRY
        if request and (len(request) == MOST_ENTRIES or size + bytes_of > MOST_BYTES):
            yield request
            request, size = [], 0
        request.append(entry)
        size += bytes_of
    if request:
        yield request


def _entry(notice: Notice) -> "PutEventsRequestEntryTypeDef":
    return {
        "EventBusName": notice_bus(),
        "Source": SOURCE,
        "DetailType": notice.detail_type,
        "Detail": detail_of(notice),
        "Resources": [notice.execution],
        "Time": datetime.fromisoformat(notice.at),
    }


def _put(entries: Sequence["PutEventsRequestEntryTypeDef"]) -> int:
    """How many are refused twice."""
    refused = _refused(entries)
    refused = _refused([entry for entry, _ in refused]) if refused else []
    for entry, code in refused:
        told = f"telling {entry['DetailType']} ({notice_bus()}): EventBridge refuses the event"
        logger.warning(f"{told} [{code}]", extra={"error": code})
    return len(refused)


def _refused(
    entries: Sequence["PutEventsRequestEntryTypeDef"],
) -> list[tuple["PutEventsRequestEntryTypeDef", str]]:
    """The entries that EventBridge refuses, each with its code. They fail inside an answer with status 200; the answer
    has one result for each entry, in their order (API reference, PutEvents).
    """
    answer = clients.events().put_events(Entries=entries)
    if not answer["FailedEntryCount"]:
        return []
    results = zip(entries, answer["Entries"], strict=True)
    return [(entry, result["ErrorCode"]) for entry, result in results if result.get("ErrorCode")]
