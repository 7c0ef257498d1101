"""What a cluster's events tell of its failure."""

import pytest

from private_connection.cluster.cluster_events import LONGEST, READ_AT_MOST, TOLD_AT_MOST, told_reason
from tests.unit.builders import Json, an_existing
from tests.unit.fake_aws import DENIED, FakeAws, Refusal


def event(source: str, message: str) -> Json:
    return {"SourceIdentifier": source, "SourceType": "cache-cluster", "Message": message}


def events(*told: tuple[str, str]) -> Json:
    return {"Events": [event(*each) for each in told]}


def test_the_last_messages_of_the_group_and_its_members_are_told(aws: FakeAws) -> None:
    aws.answers(
        "DescribeEvents",
        events(("others-001", "Cache cluster created"), ("redis-demo-001", "No capacity.")) | {"Marker": "more"},
        events(("redis-demo", "Creation failed"), ("redis-demo-001", "No capacity.")),
    )
    assert told_reason(an_existing()) == "; its last events: redis-demo-001: No capacity; redis-demo: Creation failed"
    assert [set(asked) for asked in aws.asked("DescribeEvents")] == [{"Duration"}, {"Duration", "Marker"}]


def test_messages_are_few_and_short(aws: FakeAws) -> None:
    aws.answers("DescribeEvents", events(*(("redis-demo", f"{number}{'a' * 1000}") for number in range(9))))
    told = told_reason(an_existing())
    assert told.count("redis-demo: ") == TOLD_AT_MOST
    assert len(told) < TOLD_AT_MOST * (LONGEST + 40)


def test_no_more_than_some_events_of_the_account_are_read(aws: FakeAws) -> None:
    full = events(*[("others", "Snapshot succeeded")] * 100)
    aws.answers("DescribeEvents", *(full | {"Marker": str(number)} for number in range(12)))
    assert told_reason(an_existing()) == ""
    assert len(aws.calls) == READ_AT_MOST // 100


@pytest.mark.parametrize("refusal", [DENIED, Refusal("Throttling"), Refusal("InternalFailure", 500)])
def test_events_that_cannot_be_read_hide_no_failure(aws: FakeAws, refusal: Refusal) -> None:
    aws.answers("DescribeEvents", refusal)
    assert told_reason(an_existing()) == ""
