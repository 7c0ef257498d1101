"""Puts notices on the event bus of the deployment.

A notice that cannot be put is logged and counted, and nothing else: a connection that is right is not to fail because
nobody hears of it. So one that is refused is put once more, and a bus that gives no answer is asked twice at most, by a
client of its own, which waits for seconds: a function has a minute for all that it does.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
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
"""Bytes of one request. EventBridge took less than 256 KiB until January 2026 and takes less than 1 MB since then (user
guide, "Calculating PutEvents event entry size"); not every Region says so yet. So a request keeps below the former.
"""
OF_AN_ENTRY: Final = 500
"""Bytes that an entry counts beside its detail and its resource."""
PATIENCE: Final = timedelta(seconds=10)
"""How long a step goes on to the next request. The one that is under way, and its repetition, may take 25 seconds more:
then there is time left of a function's minute.
"""
FAILED: Final = "NoticesFailed"
"""The metric that counts notices that were not put."""


def tell(notices: Sequence[Notice]) -> int:
    """Puts the notices, and returns how many could not be put. Raises nothing that AWS answers, or does not.

    What the next request would meet after one that was refused, or had no answer, is no better. So it is not tried.
    """
    left, failed, until, why = list(_requests(notices)), 0, datetime.now(UTC) + PATIENCE, "no time is left"
    while left and datetime.now(UTC) < until:
        try:
            failed += _put(left[0])
        except (BotoCoreError, ClientError) as error:
            why = str(error)
            break
        del left[0]
    lost = sum(map(len, left))
    if lost:
        logger.warning(f"telling {lost} notices ({notice_bus()}): {why}")
    if failed + lost:
        count(FAILED, failed + lost)
    return failed + lost


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
