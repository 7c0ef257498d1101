"""A change of an item happens once, of the item that it was decided of, whatever else happens meanwhile."""

from collections.abc import Callable

import pytest

from private_connection.errors import AwsRejected, NotYetConsistent, ServiceFault, StepError, Throttled
from private_connection.registry import table as registry
from private_connection.registry.entries import Entry, JsonObject
from private_connection.registry.table import change_entry, find_entry, list_readable
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.registry.stage import (
    ABSENT,
    CONNECTION,
    UNCHANGED,
    FakeTable,
    Way,
    said,
)


def words(table: FakeTable) -> str:
    (request,) = table.shown("request")
    return str(request["said"])


def test_a_change_of_nothing_is_written_on_the_condition_that_there_is_nothing(aws: FakeAws, table: FakeTable) -> None:
    change_entry(CONNECTION, said("a"))
    (put,) = aws.asked("PutItem")
    assert (put["TableName"], put["ConditionExpression"]) == ("connections", ABSENT)
    assert "ExpressionAttributeValues" not in put
    assert words(table) == "a"


def test_a_change_is_written_on_the_condition_that_the_item_is_the_one_that_was_read(
    aws: FakeAws, table: FakeTable
) -> None:
    table.lay(version="first")
    change_entry(CONNECTION, said("a"), find_entry(CONNECTION))
    (put,) = aws.asked("PutItem")
    assert put["ConditionExpression"] == UNCHANGED
    assert put["ExpressionAttributeValues"] == {":version": {"S": "first"}}
    assert words(table) == "a"


def test_what_the_refusal_shows_is_what_is_changed(aws: FakeAws, table: FakeTable) -> None:
    table.lay(revision=4)
    entry = change_entry(CONNECTION, lambda entry: entry.model_copy(update={"revision": entry.revision + 1}))
    assert (entry.revision, table.shown("revision")) == (5, [5])
    assert aws.operations == ["PutItem", "PutItem"]


def test_a_change_that_changes_nothing_is_not_written(aws: FakeAws, table: FakeTable) -> None:
    table.lay(status="READY")
    seen = find_entry(CONNECTION)
    assert change_entry(CONNECTION, lambda entry: entry, seen) == seen
    assert aws.operations == ["GetItem"]


def test_an_item_is_deleted_on_the_same_condition(aws: FakeAws, table: FakeTable) -> None:
    table.lay(version="first")
    assert change_entry(CONNECTION, lambda _: None, find_entry(CONNECTION)) == Entry(connection=CONNECTION)
    (asked,) = aws.asked("DeleteItem")
    assert asked["ConditionExpression"] == UNCHANGED
    assert table.items == {}


def test_a_change_is_made_again_of_what_another_run_has_written(table: FakeTable) -> None:
    table.lay(revision=4)
    table.others = [lambda: table.lay(revision=7, version="theirs")]
    change_entry(
        CONNECTION, lambda entry: entry.model_copy(update={"revision": entry.revision + 1}), find_entry(CONNECTION)
    )
    assert table.shown("revision") == [8]


def test_a_change_is_made_again_of_nothing_if_another_run_has_deleted_the_item(table: FakeTable) -> None:
    table.lay(revision=4)
    table.others = [table.items.clear]
    change_entry(CONNECTION, said("a"), find_entry(CONNECTION))
    assert table.shown("revision", "request") == [0, {"said": "a"}]


def test_a_deletion_is_judged_again_too(table: FakeTable) -> None:
    """What refuses a deletion is an item of which the change has another opinion."""
    table.lay()
    table.others = [lambda: table.lay(revision=7, version="theirs")]
    change_entry(CONNECTION, lambda entry: None if entry.revision == 0 else entry, find_entry(CONNECTION))
    assert table.shown("revision") == [7]


def test_an_item_that_was_deleted_and_made_again_is_another_one(table: FakeTable) -> None:
    """Were it counted instead, both would be the first of their name."""

    def made_again() -> None:
        table.items.clear()
        change_entry(CONNECTION, said("theirs"))

    change_entry(CONNECTION, said("ours"))
    seen = find_entry(CONNECTION)
    table.others = [made_again]
    judged: list[JsonObject | None] = []

    def change(entry: Entry) -> Entry:
        judged.append(entry.request)
        return said("mine")(entry)

    change_entry(CONNECTION, change, seen)
    assert judged == [{"said": "ours"}, {"said": "theirs"}]


def test_two_writes_of_the_same_in_one_second_are_told_apart_where_they_differ(table: FakeTable) -> None:
    versions = [change_entry(CONNECTION, said(text), find_entry(CONNECTION)).version for text in ("a", "b", "a")]
    assert len(set(versions)) == 2
    assert versions[0] == versions[2]


def test_a_run_that_is_overtaken_again_and_again_asks_to_be_repeated(aws: FakeAws, table: FakeTable) -> None:
    versions = iter(range(9))
    table.others = [lambda: table.lay(version=f"theirs {next(versions)}")] * 9
    with pytest.raises(
        NotYetConsistent, match=r"writing the registry \(redis-demo\): other runs keep changing its item"
    ):
        change_entry(CONNECTION, said("a"))
    assert len(aws.asked("PutItem")) == registry.ATTEMPTS


@pytest.mark.parametrize("laid", [True, False], ids=["there", "absent"])
def test_a_write_whose_answer_was_lost_is_the_same_write(table: FakeTable, *, laid: bool) -> None:
    """botocore asks again, and DynamoDB refuses that with the item that the first write has left."""
    if laid:
        table.lay()
    table.lost = ["botocore"]
    entry = change_entry(CONNECTION, said("a"), find_entry(CONNECTION))
    assert (entry.request, words(table)) == ({"said": "a"}, "a")


def test_a_deletion_whose_answer_was_lost_is_the_same_deletion(table: FakeTable) -> None:
    table.lay(status="READY")
    table.lost = ["botocore"]
    change_entry(CONNECTION, lambda entry: None if entry.status else entry, find_entry(CONNECTION))
    assert table.items == {}


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 400, Throttled),
        ("ProvisionedThroughputExceededException", 400, Throttled),
        ("RequestLimitExceeded", 400, Throttled),
        ("InternalServerError", 500, ServiceFault),
        ("ServiceUnavailable", 503, ServiceFault),
        ("AccessDeniedException", 400, AwsRejected),
        ("ResourceNotFoundException", 400, AwsRejected),
        ("ValidationException", 400, AwsRejected),
    ],
)
def test_what_dynamodb_refuses_is_named(aws: FakeAws, code: str, status: int, error: type[StepError]) -> None:
    for operation in ("GetItem", "PutItem", "DeleteItem", "Scan"):
        aws.answers(operation, Refusal(code, status))
    laid = Entry(connection=CONNECTION, version="first")
    asked: list[tuple[Callable[[], object], str]] = [
        (lambda: find_entry(CONNECTION), rf"reading the registry \(redis-demo\): because \[{code}\]"),
        (list_readable, rf"listing the registry \(connections\): because \[{code}\]"),
        (lambda: change_entry(CONNECTION, said("a")), rf"writing the registry \(redis-demo\): because \[{code}\]"),
        (lambda: change_entry(CONNECTION, lambda _: None, laid), r"writing the registry \(redis-demo\)"),
    ]
    for question, message in asked:
        with pytest.raises(error, match=message):
            question()


def test_an_item_that_is_too_large_is_refused(table: FakeTable) -> None:
    with pytest.raises(AwsRejected, match=r"Item size has exceeded .* \[ValidationException\]"):
        change_entry(CONNECTION, said("a" * 410_000))
    assert table.items == {}


@pytest.mark.parametrize("way", ["botocore", "step"])
def test_a_write_that_was_made_and_denied_to_be_seen_stays(table: FakeTable, way: Way) -> None:
    """Step Functions repeats the step after a fault, which finds what it has written."""
    table.lost = [way]
    if way == "step":
        with pytest.raises(ServiceFault):
            change_entry(CONNECTION, said("a"))
    before = change_entry(CONNECTION, said("a"), find_entry(CONNECTION))
    assert before == find_entry(CONNECTION)
    assert words(table) == "a"


def test_a_denial_changes_nothing(aws: FakeAws, table: FakeTable) -> None:
    aws.answers("PutItem", DENIED)
    with pytest.raises(AwsRejected):
        change_entry(CONNECTION, said("a"))
    assert table.items == {}
