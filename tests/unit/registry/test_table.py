"""Items: what is written is what is read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from private_connection.errors import NotOurs, Throttled
from private_connection.registry.entries import Entry, JsonObject
from private_connection.registry.table import (
    change_entry,
    find_entry,
    find_readable,
    list_readable,
    now,
    written,
)
from private_connection.registry.wire import on_the_wire, read_item
from tests.unit.builders import Json
from tests.unit.fake_aws import FakeAws
from tests.unit.registry.stage import (
    CONNECTION,
    NOW,
    FakeTable,
    a_changed_endpoint,
    a_holder,
    a_last_run,
    a_run,
    a_seen_endpoint,
    ago,
    arn,
    plain,
    said,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text() | st.sampled_from([0.5, -1.25, 1e9]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(min_size=1), JSON, max_size=4)


@settings(max_examples=25)
@given(OBJECTS, st.lists(OBJECTS, max_size=2))
def test_whatever_json_an_item_holds_it_is_read_as_it_was_written(
    request: JsonObject, findings: list[JsonObject]
) -> None:
    entry = Entry(connection=CONNECTION, request=request, findings=tuple(findings))
    assert read_item(on_the_wire(entry), Entry) == entry


def test_an_item_has_dynamodbs_types(table: FakeTable) -> None:
    changes: Json = {"request": {"shards": 3, "role": {"name": None}, "tags": {}, "list": [], "text": "", "é": "räka"}}
    change_entry(CONNECTION, lambda entry: entry.model_copy(update=changes))
    item = table.items[CONNECTION]
    assert (item["connection"], item["schema"], item["revision"]) == ({"S": CONNECTION}, {"N": "1"}, {"N": "0"})
    assert (item["unfinished"], item["findings"]) == ({"M": {}}, {"L": []})
    assert item["request"]["M"] == {
        "shards": {"N": "3"},
        "role": {"M": {"name": {"NULL": True}}},
        "tags": {"M": {}},
        "list": {"L": []},
        "text": {"S": ""},
        "é": {"S": "räka"},
    }


def test_what_is_null_is_no_attribute(table: FakeTable) -> None:
    change_entry(CONNECTION, said("a"))
    assert set(table.items[CONNECTION]) == {
        *("connection", "schema", "version", "revision", "request"),
        *("findings", "unfinished", "formerTags", "repairs", "seen", "told", "createdAt", "changedAt"),
    }


def test_every_attribute_is_read_back(table: FakeTable) -> None:
    table.lay(
        status="READY",
        revision=7,
        request={"shards": 3},
        handoff={"status": "READY"},
        findings=[{"code": "A"}],
        findingsTold=[{"code": "A", "level": "info", "field": "f", "node": None}],
        findingsBefore=[],
        lastRun=a_last_run("run-1", "READY"),
        kept=a_last_run("run-0", "ABORTED"),
        holder=a_holder("run-2"),
        worker=a_run("run-3"),
        unfinished={"run-4-0a1b2c3d": ago(minutes=1)},
        formerTags=["team"],
        formerReconcile="repair",
        replaced={"request": None, "handoff": None},
        repairs=[{"execution": arn("repair-1"), "at": ago(hours=2), "drift": ["RULE_GONE"], "failed": True}],
        seen=[a_seen_endpoint()],
        told=[{"code": "STRANGER_CONNECTED", "node": "redis-demo-001"}, {"code": "CLUSTER_GONE", "node": None}],
        modifyingSince=ago(hours=3),
        news={
            "maker": "sweep-1",
            "look": 2,
            "at": ago(hours=1),
            "more": 1,
            "endpoints": [a_changed_endpoint()],
            "former": [{"code": "MARKS_LOST", "node": "redis-demo-001"}],
        },
        createdAt=ago(days=400),
        changedAt=ago(hours=1),
    )
    entry = find_entry(CONNECTION)
    assert entry is not None
    assert on_the_wire(entry) == table.items[CONNECTION]
    assert set(plain(table.items[CONNECTION])) == {str(each.alias) for each in Entry.model_fields.values()}


def test_there_may_be_none(table: FakeTable) -> None:
    assert find_entry(CONNECTION) is None
    assert list_readable() == ([], [])


def test_an_item_is_read_consistently(aws: FakeAws, table: FakeTable) -> None:
    table.lay()
    find_entry(CONNECTION)
    assert list_readable()[0]
    (read,), (scanned,) = aws.asked("GetItem"), aws.asked("Scan")
    assert (read["TableName"], read["ConsistentRead"]) == ("connections", True)
    assert (scanned["TableName"], scanned["ConsistentRead"]) == ("connections", True)


def test_all_pages_are_read(aws: FakeAws, table: FakeTable) -> None:
    for name in ("orders", "search"):
        table.lay(connection=name)
    first, second = table.items.values()
    more: Json = {"Items": [first], "LastEvaluatedKey": {"connection": {"S": "orders"}}}
    aws.answers("Scan", more, {"Items": [second]})
    assert [each.connection for each in list_readable()[0]] == ["orders", "search"]
    assert [each.get("ExclusiveStartKey") for each in aws.asked("Scan")] == [None, {"connection": {"S": "orders"}}]


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"schema": 2}, "schema Input should be 1"),
        ({"holder": {"execution": "arn"}}, r"holder\.maker Field required"),
        ({"colour": "blue"}, "colour Extra inputs are not permitted"),
        ({"findings": {"a", "b"}}, "it holds a set"),
        ({"unfinished": ["run-1"]}, "unfinished Input should be an object"),
        ({"unfinished": {"run-1": "soon"}}, "unfinished.run-1 Value error, Invalid isoformat string"),
        ({"worker": {**a_run("run-1"), "since": "2026-01-31T12:00:00"}}, r"worker\.since .* without its distance"),
        ({"modifyingSince": ""}, "modifyingSince Value error"),
    ],
)
def test_an_item_of_another_form_is_named_and_left_alone(table: FakeTable, attributes: Json, said: str) -> None:
    table.lay(**attributes)
    before = dict(table.items)
    message = rf"reading the registry \(redis-demo\): its item has not the form .* \(schema 1\).*{said}"
    with pytest.raises(NotOurs, match=message):
        find_entry(CONNECTION)
    with pytest.raises(NotOurs, match=message):
        change_entry(CONNECTION, lambda entry: entry.model_copy(update={"revision": 1}))
    assert table.items == before


# ------------------------------------------------------------------ times


@pytest.mark.parametrize(
    ("moment", "text", "rounded_up"),
    [
        (NOW, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        (NOW + timedelta(microseconds=1), "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"),
        (NOW + timedelta(milliseconds=999), "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"),
        (datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=2))), "2026-06-30T22:00:00Z", "2026-06-30T22:00:00Z"),
    ],
)
def test_times_are_seconds_of_utc(moment: datetime, text: str, rounded_up: str) -> None:
    assert (written(moment), written(moment, rounded_up=True)) == (text, rounded_up)
    assert datetime.fromisoformat(text).tzinfo == UTC


def test_an_item_says_when_it_was_made_and_when_it_changed(table: FakeTable, clock: time_machine.Traveller) -> None:
    change_entry(CONNECTION, said("a"))
    clock.shift(3600)
    change_entry(CONNECTION, said("b"), find_entry(CONNECTION))
    assert now() == NOW + timedelta(hours=1)
    assert table.shown("createdAt", "changedAt") == ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z"]


def test_of_all_items_those_that_cannot_be_read_are_named(table: FakeTable) -> None:
    table.lay(connection="orders", status="READY")
    table.lay(connection="future", schema=2)
    table.lay(connection="search", colour="blue")
    entries, unreadable = list_readable()
    assert ([each.connection for each in entries], unreadable) == (["orders"], ["future", "search"])


def test_what_the_deployment_keeps_for_itself_is_no_connection(table: FakeTable) -> None:
    table.lay(connection="#sweep", cursor="orders")
    table.lay(connection="orders")
    assert [each.connection for each in list_readable()[0]] == ["orders"]
    assert list_readable()[1] == []


# ------------------------------------------------------------------ several items


def lay_some(table: FakeTable, count: int) -> list[str]:
    names = [f"c{number}" for number in range(count)]
    for name in names:
        table.lay(connection=name)
    return names


def test_of_several_those_that_are_there_and_can_be_read_are_found_by_one_call(aws: FakeAws, table: FakeTable) -> None:
    names = lay_some(table, 3)
    table.lay(connection="other")
    table.lay(connection="blue", colour="blue")
    assert sorted(find_readable([*names, "gone", "blue", *names])) == names
    (asked,) = aws.asked("BatchGetItem")
    assert asked["RequestItems"]["connections"]["ConsistentRead"] is True


@pytest.mark.parametrize(("items", "calls"), [(0, 0), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_a_hundred_are_asked_for_at_a_time(aws: FakeAws, table: FakeTable, items: int, calls: int) -> None:
    names = lay_some(table, items)
    assert sorted(find_readable(names)) == sorted(names)
    assert len(aws.asked("BatchGetItem")) == calls


def test_what_is_left_for_later_is_asked_for_again(aws: FakeAws, table: FakeTable) -> None:
    names = lay_some(table, 5)
    table.at_a_time = 2
    assert sorted(find_readable(names)) == names
    requests = [each["RequestItems"]["connections"] for each in aws.asked("BatchGetItem")]
    assert [(len(each["Keys"]), each["ConsistentRead"]) for each in requests] == [(5, True), (3, True), (1, True)]


def test_what_is_left_again_and_again_is_left_to_the_step(table: FakeTable) -> None:
    names = lay_some(table, 3)
    table.at_a_time = 0
    with pytest.raises(Throttled, match="reading the registry"):
        find_readable(names)
