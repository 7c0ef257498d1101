"""Notices are put as EventBridge takes them, and one that it does not take changes nothing but a count."""

import json
import socket
from datetime import UTC, datetime

import boto3
import pytest
import time_machine
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from private_connection import clients
from private_connection.notices.events import Notice
from private_connection.notices.telling import MOST_ENTRIES, tell
from private_connection.settings import notice_bus
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.notices.made import ORIGIN, a_ready, an_endpoint, one_of_each

TAKEN: Json = {"EventId": "e"}
REFUSED: Json = {"ErrorCode": "InternalFailure", "ErrorMessage": "m"}
MOST_BYTES = 256 * 1024


def answered(*results: Json) -> Json:
    return {"FailedEntryCount": sum("ErrorCode" in each for each in results), "Entries": list(results)}


def takes(asked: Json) -> Json:
    return answered(*[TAKEN] * len(asked["Entries"]))


def size(entry: Json) -> int:
    """User guide, "Calculating PutEvents event entry size"."""
    return 14 + sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail")) + len(ORIGIN.execution)


def counted(capsys: pytest.CaptureFixture[str]) -> list[int]:
    """The values of the metric, of all that was printed."""
    lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    return [line["NoticesFailed"] for line in lines if "_aws" in line]


def test_an_event_is_put_on_the_bus_with_its_detail(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answers("PutEvents", takes)
    notice = a_ready()
    assert tell([notice]) == 0
    (asked,) = aws.asked("PutEvents")
    assert asked["Entries"] == [
        {
            "EventBusName": notice_bus(),
            "Source": "private-connection",
            "DetailType": "Ready",
            "Detail": notice.model_dump_json(by_alias=True),
            "Resources": [ORIGIN.execution],
            "Time": datetime(2026, 1, 31, 12, tzinfo=UTC),
        }
    ]
    assert counted(capsys) == []


def test_nothing_to_tell_is_no_call(aws: FakeAws) -> None:
    assert tell([]) == 0
    assert aws.calls == []


@pytest.mark.parametrize(
    ("notices", "entries"),
    [(one_of_each() * 3, [10, 10, 1]), ([a_ready(endpoints=(an_endpoint(),) * 600)] * 3 + one_of_each(), [1, 1, 8])],
    ids=["many", "large"],
)
def test_a_request_is_as_large_as_eventbridge_takes_it(aws: FakeAws, notices: list[Notice], entries: list[int]) -> None:
    aws.answers("PutEvents", takes)
    assert tell(notices) == 0
    requests = [asked["Entries"] for asked in aws.asked("PutEvents")]
    assert list(map(len, requests)) == entries
    assert all(sum(map(size, each)) < MOST_BYTES for each in requests)
    assert [entry["DetailType"] for each in requests for entry in each] == [each.detail_type for each in notices]


def test_an_entry_that_is_refused_is_put_once_more(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """It fails inside an answer with status 200 (API reference, PutEvents)."""
    notices = one_of_each()[:3]
    aws.answers("PutEvents", answered(TAKEN, REFUSED, TAKEN), answered(TAKEN))
    assert tell(notices) == 0
    first, second = [[entry["DetailType"] for entry in asked["Entries"]] for asked in aws.asked("PutEvents")]
    assert (first, second) == (["Ready", "Failed", "Drift Repaired"], ["Failed"])
    assert counted(capsys) == []


def test_an_entry_that_is_refused_twice_is_logged_and_counted(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    aws.answers("PutEvents", answered(REFUSED, TAKEN, REFUSED), answered(REFUSED, TAKEN), takes)
    assert tell(one_of_each()[:3]) == 1
    assert "telling Ready (notices): EventBridge refuses the event [InternalFailure]" in caplog.text
    assert counted(capsys) == [1]


@pytest.mark.parametrize(
    "refusal",
    [
        DENIED,
        Refusal("ThrottlingException"),
        Refusal("ResourceNotFoundException"),
        Refusal("ValidationException"),
        Refusal("InternalException", 500),
    ],
    ids=lambda each: each.code,
)
def test_a_request_that_is_refused_fails_nothing(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, refusal: Refusal
) -> None:
    """The requests after it are not tried: they would meet the same, and take time."""
    aws.answers("PutEvents", refusal)
    notices = one_of_each() * 2
    assert tell(notices) == len(notices) > MOST_ENTRIES
    assert len(aws.asked("PutEvents")) == 1
    assert f"telling 14 notices (notices): An error occurred ({refusal.code})" in caplog.text
    assert counted(capsys) == [14]


def test_requests_that_take_long_are_given_up_in_time(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with time_machine.travel(datetime(2026, 1, 31, 12, tzinfo=UTC), tick=False) as clock:

        def late(asked: Json) -> Json:
            clock.shift(6)
            return takes(asked)

        aws.answers("PutEvents", late)
        assert tell([*one_of_each()] * 10) == 50
    assert len(aws.asked("PutEvents")) == 2
    assert "telling 50 notices (notices): no time is left" in caplog.text
    assert counted(capsys) == [50]


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="https://events"),
        ReadTimeoutError(endpoint_url="https://events"),
        EndpointConnectionError(endpoint_url="https://events"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_bus_that_gives_no_answer_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BotoCoreError
) -> None:
    class Silent:
        def put_events(self, **_: object) -> Json:
            raise error

    monkeypatch.setattr(clients, "events", Silent)
    assert tell(one_of_each()) == 7
    assert counted(capsys) == [7]


def test_an_endpoint_that_takes_a_request_and_never_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With botocore's own waiting, made short: how long ours is stands in the tests of the clients."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = clients._config(connect_timeout=1, read_timeout=0.05, attempts=1)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        session = boto3.Session(region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")
        client = session.client("events", endpoint_url=address, config=config)
        monkeypatch.setattr(clients, "events", lambda: client)
        assert tell(one_of_each()) == 7
    assert counted(capsys) == [7]
