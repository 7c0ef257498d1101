"""DynamoDB: expressions, conditions and their old item, paths of maps, sizes, pages, and reads that may be stale.

What AWS does is said in the API reference, in the developer guide, and by the tests of scylladb/scylladb
(test/alternator) and architect/dynalite, which their authors run against AWS too.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

TABLE = "records"
KEY = {"id": {"S": "a"}}
ME = {":me": {"S": "me"}}
HELD = {**KEY, "holder": {"M": {"maker": {"S": "me"}, "since": {"N": "1"}}}}
BAD_PATH = "The document path provided in the update expression is invalid for update"


def table(aws: Any, ranged: bool = False) -> None:
    schema = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "day", "KeyType": "RANGE"}]
    types = [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "day", "AttributeType": "N"}]
    aws.dynamodb.create_table(
        TableName=TABLE,
        KeySchema=schema[: 1 + ranged],
        AttributeDefinitions=types[: 1 + ranged],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture(autouse=True)
def _made(request: pytest.FixtureRequest) -> None:
    name = "aws" if "aws" in request.fixturenames else "corrected"
    table(request.getfixturevalue(name))


def put(aws: Any, item: Any, **changes: Any) -> Any:
    return aws.dynamodb.put_item(TableName=TABLE, Item=item, **changes)


def update(aws: Any, expression: str, **changes: Any) -> Any:
    request = {"TableName": TABLE, "Key": KEY, "UpdateExpression": expression} | changes
    return aws.dynamodb.update_item(**request)


def item(aws: Any, key: Any = KEY, consistent: bool = True) -> Any:
    return aws.dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=consistent).get("Item")


def scan(aws: Any, **changes: Any) -> Any:
    return aws.dynamodb.scan(TableName=TABLE, ConsistentRead=True, **changes)


def refusal(caught: Any) -> str:
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


# conditions


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("attribute_not_exists(id)", {}, False),
        ("attribute_exists(holder.maker)", {}, True),
        ("attribute_not_exists(holder.former)", {}, True),
        ("attribute_not_exists(worker.maker)", {}, True),
        ("holder.maker = :v", {":v": {"S": "me"}}, True),
        ("holder.maker = :v", {":v": {"S": "other"}}, False),
        ("holder.maker <> :v", {":v": {"S": "me"}}, False),
        ("worker.maker = :v", {":v": {"S": "me"}}, False),
        ("worker.maker <> :v", {":v": {"S": "me"}}, True),
        ("worker.since < :v", {":v": {"N": "2"}}, False),
        ("holder.since < :v", {":v": {"N": "2"}}, True),
        ("holder.since < :v", {":v": {"S": "2"}}, False),
        ("holder = :v", {":v": {"M": {"since": {"N": "1.0"}, "maker": {"S": "me"}}}}, True),
        ("holder = :v", {":v": {"M": {"maker": {"S": "me"}}}}, False),
        ("attribute_not_exists(holder) OR holder.maker = :v AND holder.since = :n", "me", True),
        ("(attribute_not_exists(holder) OR holder.maker = :v) AND holder.since <> :n", "me", False),
        ("worker = :v", {":v": {"NULL": True}}, False),
        ("worker <> :v", {":v": {"NULL": True}}, True),
        ("holder.since = :v", {":v": {"BOOL": True}}, False),
        ("holder.since = :v", {":v": {"S": "1"}}, False),
        ("worker.since BETWEEN :v AND :w", {":v": {"N": "0"}, ":w": {"N": "2"}}, False),
        ("holder.since BETWEEN :v AND :w", {":v": {"N": "0"}, ":w": {"N": "2"}}, True),
        ("holder.since BETWEEN :v AND :w", {":v": {"S": "0"}, ":w": {"S": "2"}}, False),
        ("size(holder) = :v", {":v": {"N": "2"}}, True),
        ("size(worker) < :v", {":v": {"N": "2"}}, False),
        ("NOT holder.maker = :v", {":v": {"S": "me"}}, False),
        ("holder.maker IN (:v, :n)", "me", True),
    ],
)
def test_a_condition_holds_or_not(corrected: Any, condition: str, values: Any, holds: bool) -> None:
    """Developer guide, "Condition and filter expressions, operators, and functions"; alternator,
    test_condition_expression: an attribute that is not there differs from every value, and compares with none."""
    put(corrected, HELD)
    given = {":v": {"S": "me"}, ":n": {"N": "1"}} if values == "me" else values
    parameters = {"ExpressionAttributeValues": given} if given else {}
    request = {"TableName": TABLE, "Key": KEY, "ConditionExpression": condition, **parameters}
    if holds:
        corrected.dynamodb.delete_item(**request)
        assert item(corrected) is None
    else:
        with corrected.refused("ConditionalCheckFailedException"):
            corrected.dynamodb.delete_item(**request)
        assert item(corrected) == HELD


@pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
@pytest.mark.parametrize("there", [True, False])
def test_the_item_that_stood_in_the_way_is_told(corrected: Any, operation: str, there: bool) -> None:
    """API reference, ReturnValuesOnConditionCheckFailure; without an item there is none to tell of."""
    if there:
        put(corrected, HELD)
    request: dict[str, Any] = {"Item": KEY} if operation == "put_item" else {"Key": KEY}
    if operation == "update_item":
        request["UpdateExpression"] = "SET x = :me"
    with pytest.raises(corrected.dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        getattr(corrected.dynamodb, operation)(
            TableName=TABLE,
            ConditionExpression="holder.maker <> :me AND attribute_exists(id)",
            ExpressionAttributeValues=ME,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **request,
        )
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response.get("Item") == (HELD if there else None)
    assert item(corrected) == (HELD if there else None)


def test_the_item_is_not_told_unasked(corrected: Any) -> None:
    put(corrected, HELD)
    with pytest.raises(ClientError) as caught:
        put(corrected, KEY, ConditionExpression="attribute_not_exists(id)")
    assert "Item" not in caught.value.response


def test_deleting_under_a_condition(corrected: Any) -> None:
    put(corrected, HELD)
    delete = {"TableName": TABLE, "Key": KEY, "ConditionExpression": "holder.maker = :me"}
    with corrected.refused("ConditionalCheckFailedException"):
        corrected.dynamodb.delete_item(**delete, ExpressionAttributeValues={":me": {"S": "other"}})
    deleted = corrected.dynamodb.delete_item(**delete, ExpressionAttributeValues=ME, ReturnValues="ALL_OLD")
    assert deleted["Attributes"] == HELD
    with corrected.refused("ConditionalCheckFailedException"):
        corrected.dynamodb.delete_item(**delete, ExpressionAttributeValues=ME)


# paths of maps


def test_a_key_of_a_map_is_set_and_removed_by_its_alias(corrected: Any) -> None:
    """A name with dots and dashes is one part of a path (developer guide, "Expression attribute names")."""
    put(corrected, {**KEY, "unfinished": {"M": {}}})
    names = {"#maker": "run.1-a b@c"}
    update(corrected, "SET unfinished.#maker = :me", ExpressionAttributeNames=names, ExpressionAttributeValues=ME)
    assert item(corrected)["unfinished"] == {"M": {"run.1-a b@c": {"S": "me"}}}
    for _ in range(2):
        update(corrected, "REMOVE unfinished.#maker", ExpressionAttributeNames=names)
        assert item(corrected)["unfinished"] == {"M": {}}, "what is not there may be removed again"


@pytest.mark.parametrize(
    "expression", ["SET worker.maker = :me", "SET worker.former.maker = :me", "SET x = :me REMOVE worker.maker"]
)
@pytest.mark.parametrize("there", [True, False])
def test_a_path_below_nothing_is_refused(corrected: Any, expression: str, there: bool) -> None:
    if there:
        put(corrected, HELD)
    with pytest.raises(ClientError) as caught:
        update(corrected, expression, ExpressionAttributeValues=ME)
    assert refusal(caught) == BAD_PATH
    assert item(corrected) == (HELD if there else None), "a refused write leaves everything as it was"


@pytest.mark.parametrize("path", ["holder.maker.deep", "x.deep", "holder.since.deep"])
def test_a_path_below_what_is_no_map_is_refused(aws: Any, path: str) -> None:
    put(aws, {**HELD, "x": {"S": "text"}})
    with pytest.raises(ClientError) as caught:
        update(aws, f"SET {path} = :me", ExpressionAttributeValues=ME)
    assert refusal(caught) == BAD_PATH


def test_a_map_is_made_before_its_keys_are(corrected: Any) -> None:
    update(corrected, "SET u = if_not_exists(u, :empty)", ExpressionAttributeValues={":empty": {"M": {}}})
    update(corrected, "SET u.a = :me", ExpressionAttributeValues=ME)
    update(corrected, "SET u = if_not_exists(u, :empty)", ExpressionAttributeValues={":empty": {"M": {}}})
    assert item(corrected)["u"] == {"M": {"a": {"S": "me"}}}


def test_a_number_counts(corrected: Any) -> None:
    values = {":zero": {"N": "0"}, ":one": {"N": "1"}}
    for _ in range(2):
        update(corrected, "SET revision = if_not_exists(revision, :zero) + :one", ExpressionAttributeValues=values)
    assert item(corrected)["revision"] == {"N": "2"}
    with pytest.raises(ClientError) as caught:
        update(corrected, "SET x = absent + :one", ExpressionAttributeValues={":one": {"N": "1"}})
    assert refusal(caught) == "The provided expression refers to an attribute that does not exist in the item"


@pytest.mark.parametrize("expression", ["SET x = :me, x = :me", "SET holder = :me, holder.maker = :me"])
def test_paths_may_not_overlap(corrected: Any, expression: str) -> None:
    put(corrected, HELD)
    with pytest.raises(ClientError) as caught:
        update(corrected, expression, ExpressionAttributeValues=ME)
    assert "Two document paths overlap with each other" in refusal(caught)


def test_a_key_attribute_is_not_updated(corrected: Any) -> None:
    with corrected.refused("ValidationException"):
        update(corrected, "SET id = :me", ExpressionAttributeValues=ME)


def test_an_update_of_nothing_makes_the_item(aws: Any) -> None:
    """API reference, UpdateItem: it makes an item that is not there, also without an expression."""
    aws.dynamodb.update_item(TableName=TABLE, Key=KEY)
    assert item(aws) == KEY


def test_an_update_that_only_removes_makes_no_item(aws: Any) -> None:
    """alternator, test_returnvalues, test_update_item_returnvalues_all_new."""
    told = update(aws, "REMOVE holder, x", ReturnValues="ALL_NEW")
    assert ("Attributes" in told, item(aws)) == (False, None)
    told = update(aws, "SET x = :me REMOVE holder", ExpressionAttributeValues=ME, ReturnValues="ALL_NEW")
    assert told["Attributes"] == item(aws) == {**KEY, "x": {"S": "me"}}
    update(aws, "REMOVE x")
    assert item(aws) == KEY, "one that was there stays"


# names and values


@pytest.mark.parametrize("word", ["status", "request", "timestamp", "connection", "at", "state", "Status"])
def test_a_reserved_word_needs_an_alias(corrected: Any, word: str) -> None:
    """Developer guide, "Reserved words in DynamoDB": in every expression, at every depth, in whatever case."""
    asked: dict[str, Any] = {
        "UpdateExpression": f"SET {word} = :me",
        "ConditionExpression": f"{word} = :me",
    }
    for name in asked:
        with pytest.raises(ClientError) as caught:
            update(corrected, "SET x = :me", **{name: asked[name]}, ExpressionAttributeValues=ME)
        assert refusal(caught) == (f"Invalid {name}: Attribute name is a reserved keyword; reserved keyword: {word}")
    update(
        corrected,
        "SET #word = :me",
        ConditionExpression="attribute_not_exists(#word)",
        ExpressionAttributeNames={"#word": word},
        ExpressionAttributeValues=ME,
    )
    assert item(corrected)[word] == {"S": "me"}


@pytest.mark.parametrize("projection", ["holder.status", "id, timestamp"])
def test_a_reserved_word_needs_an_alias_in_a_projection_too(aws: Any, projection: str) -> None:
    with pytest.raises(ClientError) as caught:
        scan(aws, ProjectionExpression=projection)
    assert refusal(caught).startswith("Invalid ProjectionExpression: Attribute name is a reserved keyword")


def test_a_reserved_word_in_a_filter(aws: Any) -> None:
    with pytest.raises(ClientError) as caught:
        scan(aws, FilterExpression="request = :me", ExpressionAttributeValues=ME)
    assert refusal(caught).startswith("Invalid FilterExpression: Attribute name is a reserved keyword")


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ("put_item", {"Item": KEY, "ConditionExpression": "attribute_not_exists(id)"}),
        ("delete_item", {"Key": KEY, "ConditionExpression": "attribute_not_exists(id)"}),
        ("scan", {"FilterExpression": "attribute_exists(id)"}),
    ],
)
def test_a_value_that_no_expression_uses_is_refused(aws: Any, operation: str, changes: Any) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(aws.dynamodb, operation)(TableName=TABLE, ExpressionAttributeValues=ME, **changes)
    assert refusal(caught) == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:me}"


@pytest.mark.parametrize(
    ("names", "values", "unused"), [({"#x": "x"}, ME, "Names"), ({}, {**ME, ":x": {"S": "x"}}, "Values")]
)
def test_what_no_update_uses_is_refused(corrected: Any, names: Any, values: Any, unused: str) -> None:
    beside = {"ExpressionAttributeNames": names} if names else {}
    with pytest.raises(ClientError) as caught:
        update(corrected, "SET a = :me", ExpressionAttributeValues=values, **beside)
    assert f"ExpressionAttribute{unused} unused in expressions" in refusal(caught)


@pytest.mark.parametrize("parameter", ["ExpressionAttributeNames", "ExpressionAttributeValues"])
def test_an_empty_map_of_names_or_values_is_refused(aws: Any, parameter: str) -> None:
    with pytest.raises(ClientError) as caught:
        put(aws, KEY, ConditionExpression="attribute_not_exists(id)", **{parameter: {}})
    assert refusal(caught) == f"{parameter} must not be empty"


@pytest.mark.parametrize(
    ("parameter", "given"), [("ExpressionAttributeNames", {"#x": "x"}), ("ExpressionAttributeValues", ME)]
)
def test_names_and_values_come_with_an_expression(aws: Any, parameter: str, given: Any) -> None:
    with pytest.raises(ClientError) as caught:
        put(aws, KEY, **{parameter: given})
    assert refusal(caught) == f"{parameter} can only be specified when using expressions"


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("#x = :me", "name used in the document path is not defined; attribute name: #x"),
        ("id = :x AND id = :me", "value used in expression is not defined; attribute value: :x"),
    ],
)
def test_a_placeholder_that_is_not_defined_is_refused(aws: Any, expression: str, told: str) -> None:
    with pytest.raises(ClientError) as caught:
        update(aws, "SET x = :me", ConditionExpression=expression, ExpressionAttributeValues=ME)
    assert refusal(caught) == f"Invalid ConditionExpression: An expression attribute {told}"


@pytest.mark.parametrize("expression", ["id == :me", "id = :me AND", "size(id) > :me )", "id : me"])
def test_a_condition_that_is_none_is_refused(aws: Any, expression: str) -> None:
    with pytest.raises(ClientError) as caught:
        update(aws, "SET x = :me", ConditionExpression=expression, ExpressionAttributeValues=ME)
    assert refusal(caught).startswith("Invalid ConditionExpression: ")


def test_an_empty_condition_is_refused(aws: Any) -> None:
    with pytest.raises(ClientError) as caught:
        put(aws, KEY, ConditionExpression="")
    assert refusal(caught) == "Invalid ConditionExpression: The expression can not be empty;"


def test_an_empty_update_is_refused(corrected: Any) -> None:
    with corrected.refused("ValidationException"):
        update(corrected, "")


def test_an_empty_text_is_a_value_but_no_key(corrected: Any) -> None:
    """Developer guide, "Constraints in Amazon DynamoDB"."""
    put(corrected, {**KEY, "x": {"S": ""}})
    assert item(corrected)["x"] == {"S": ""}
    with corrected.refused("ValidationException"):
        put(corrected, {"id": {"S": ""}})


@pytest.mark.parametrize("value", [{}, {"S": "a", "N": "1"}, {"L": [{}]}, {"M": {"a": {"S": "a", "N": "1"}}}])
def test_a_value_has_one_type(aws: Any, value: Any) -> None:
    with pytest.raises(ClientError) as caught:
        put(aws, {**KEY, "x": value})
    assert refusal(caught).endswith("must contain exactly one of the supported datatypes")


@pytest.mark.parametrize("operation", ["get_item", "delete_item"])
@pytest.mark.parametrize("key", [{"id": {"N": "1"}}, {}])
def test_a_key_is_the_tables(aws: Any, operation: str, key: Any) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(aws.dynamodb, operation)(TableName=TABLE, Key=key)
    assert refusal(caught) == "The provided key element does not match the schema"


def test_an_item_has_the_tables_key(corrected: Any) -> None:
    for wrong in ({"x": {"S": "a"}}, {"id": {"N": "1"}}):
        with corrected.refused("ValidationException"):
            put(corrected, wrong)


def test_no_capacity_is_told_unasked(aws: Any) -> None:
    told = update(aws, "SET x = :me", ExpressionAttributeValues=ME)
    assert "ConsumedCapacity" not in told


# sizes


def test_an_item_is_at_most_400_kb(aws: Any) -> None:
    """Developer guide, "Constraints in Amazon DynamoDB": 400 KB, with the names of the attributes."""
    most = 400 * 1024 - len("idax")
    put(aws, {**KEY, "x": {"S": "x" * most}})
    with pytest.raises(ClientError) as caught:
        put(aws, {**KEY, "x": {"S": "x" * (most + 1)}})
    assert refusal(caught) == "Item size has exceeded the maximum allowed size"


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"M": {}}, 3),
        ({"M": {"name": {"S": "text"}}}, 3 + 1 + 8),
        ({"L": [{"S": "text"}, {"BOOL": True}]}, 3 + 2 + 4 + 1),
        ({"SS": ["ab", "é"]}, 2 + 2),
        ({"N": "-12.345"}, 4),
        ({"NULL": True}, 1),
        ({"B": b"abc"}, 3),
    ],
)
def test_what_a_value_adds_to_the_size(corrected: Any, value: Any, size: int) -> None:
    """Developer guide, "DynamoDB item sizes and formats"."""
    most = 400 * 1024 - len("idax") - len("v") - size
    put(corrected, {**KEY, "v": value, "x": {"S": "x" * most}})
    with corrected.refused("ValidationException"):
        put(corrected, {**KEY, "v": value, "x": {"S": "x" * (most + 1)}})


def test_an_update_that_makes_the_item_too_large_changes_nothing(aws: Any) -> None:
    put(aws, {**KEY, "x": {"S": "small"}})
    with pytest.raises(ClientError) as caught:
        update(aws, "SET x = :large, y = :large", ExpressionAttributeValues={":large": {"S": "l" * 300_000}})
    assert refusal(caught) == "Item size to update has exceeded the maximum allowed size"
    assert item(aws)["x"] == {"S": "small"}


# scans


def fill(aws: Any, count: int, size: int = 0) -> list[str]:
    names = [f"item-{number:02}" for number in range(count)]
    for name in names:
        put(aws, {"id": {"S": name}, "x": {"S": "x" * size}})
    return names


def pages(aws: Any, **changes: Any) -> list[list[str]]:
    found: list[list[str]] = []
    start: dict[str, Any] = {}
    while True:
        page = scan(aws, **changes, **start)
        found.append([each["id"]["S"] for each in page["Items"]])
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def test_a_page_of_a_scan_reads_at_most_1_mb(corrected: Any) -> None:
    """Developer guide, "Paginating the results": also where a filter keeps nothing of it."""
    names = fill(corrected, 12, size=200_000)
    found = pages(corrected)
    assert [len(page) for page in found] == [5, 5, 2]
    assert sorted(name for page in found for name in page) == names
    nothing = pages(corrected, FilterExpression="x = :me", ExpressionAttributeValues=ME)
    assert nothing == [[], [], []]


def test_a_scan_has_no_order(aws: Any) -> None:
    names = fill(aws, 12)
    (found,) = pages(aws)
    assert sorted(found) == names
    assert found != names


def test_a_page_that_ends_at_its_limit_does_not_say_whether_more_follows(aws: Any) -> None:
    """API reference, Scan, LastEvaluatedKey: it is there although the next page is empty."""
    fill(aws, 4)
    assert [len(page) for page in pages(aws, Limit=2)] == [2, 2, 0]


def test_an_item_that_went_between_two_pages_takes_none_with_it(corrected: Any) -> None:
    names = fill(corrected, 6)
    first = scan(corrected, Limit=3)
    corrected.dynamodb.delete_item(TableName=TABLE, Key=first["LastEvaluatedKey"])
    rest = scan(corrected, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert sorted(each["id"]["S"] for each in first["Items"] + rest["Items"]) == names


def test_a_scan_in_segments_finds_everything_once(corrected: Any) -> None:
    names = fill(corrected, 9)
    parts = [scan(corrected, Segment=each, TotalSegments=3)["Items"] for each in range(3)]
    assert sorted(each["id"]["S"] for part in parts for each in part) == names


def test_a_scan_answers_what_is_asked_for(corrected: Any) -> None:
    put(corrected, {**HELD, "status": {"S": "READY"}})
    found = scan(
        corrected,
        FilterExpression="#status = :ready",
        ProjectionExpression="id, holder.maker, #status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":ready": {"S": "READY"}},
    )
    assert found["Items"] == [{**KEY, "holder": {"M": {"maker": {"S": "me"}}}, "status": {"S": "READY"}}]
    assert scan(corrected, Select="COUNT")["Count"] == 1


# stale reads

STALE = {"latency": {"itemVisibility": 1}}


@pytest.mark.parametrize("world", [STALE], indirect=True)
def test_a_read_that_is_not_consistent_answers_the_older_item_for_a_second(aws: Any) -> None:
    """Developer guide, "DynamoDB read consistency"."""
    put(aws, {**KEY, "x": {"N": "1"}})
    assert item(aws, consistent=False) is None
    aws.wait(2)
    for value in ("2", "3"):
        update(aws, "SET x = :x", ExpressionAttributeValues={":x": {"N": value}})
        aws.wait(0.4)
    assert (item(aws)["x"], item(aws, consistent=False)["x"]) == ({"N": "3"}, {"N": "1"})
    aws.wait(0.5)
    assert item(aws, consistent=False)["x"] == {"N": "2"}
    aws.wait(0.5)
    assert item(aws, consistent=False)["x"] == {"N": "3"}
    aws.dynamodb.delete_item(TableName=TABLE, Key=KEY)
    assert (item(aws), item(aws, consistent=False)["x"]) == (None, {"N": "3"})


@pytest.mark.parametrize("world", [STALE], indirect=True)
def test_scans_queries_and_batches_are_stale_alike(aws: Any) -> None:
    client = aws.dynamodb
    put(aws, KEY)
    query = {"KeyConditionExpression": "id = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
    for consistent, count in ((False, 0), (True, 1)):
        asked = {"TableName": TABLE, "ConsistentRead": consistent}
        assert len(client.scan(**asked)["Items"]) == count
        assert len(client.query(**asked, **query)["Items"]) == count
        batch = {TABLE: {"Keys": [KEY], "ConsistentRead": consistent}}
        assert len(client.batch_get_item(RequestItems=batch)["Responses"][TABLE]) == count


@pytest.mark.parametrize("world", [STALE], indirect=True)
def test_a_refused_write_is_no_version(corrected: Any) -> None:
    put(corrected, KEY)
    corrected.wait(2)
    with corrected.refused("ConditionalCheckFailedException"):
        put(corrected, {**KEY, "x": {"N": "1"}}, ConditionExpression="attribute_not_exists(id)")
    assert item(corrected, consistent=False) == item(corrected) == KEY


# several items


@pytest.mark.parametrize(
    "names", [["a", "a"], [f"{number}" for number in range(101)]], ids=["one of them twice", "more than a hundred"]
)
def test_of_what_is_read_together_there_may_be_a_hundred_and_each_once(corrected: Any, names: list[str]) -> None:
    """API reference, BatchGetItem: both are refused by a ValidationException."""
    with corrected.refused("ValidationException"):
        corrected.dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": [{"id": {"S": each}} for each in names]}})


def test_what_is_read_together_beyond_16_megabytes_can_be_asked_for_as_it_is_left(corrected: Any) -> None:
    """API reference, BatchGetItem: UnprocessedKeys have the form of RequestItems. What is absent is in neither."""
    names = [f"{number:02}" for number in range(45)]
    for each in names:
        put(corrected, {"id": {"S": each}, "text": {"S": "x" * 390_000}})
    asked = {"Keys": [{"id": {"S": each}} for each in [*names, "absent"]], "ConsistentRead": True}
    first = corrected.dynamodb.batch_get_item(RequestItems={TABLE: asked})
    assert first["UnprocessedKeys"][TABLE]["ConsistentRead"] is True
    second = corrected.dynamodb.batch_get_item(RequestItems=first["UnprocessedKeys"])
    found = [each["id"]["S"] for answer in (first, second) for each in answer["Responses"][TABLE]]
    assert (sorted(found), second["UnprocessedKeys"]) == (names, {})
    assert len(first["Responses"][TABLE]) == 16 * 1024 * 1024 // 390_000


def test_a_transaction_writes_all_or_nothing(corrected: Any) -> None:
    put(corrected, HELD)
    other = {"id": {"S": "b"}}
    parts = [
        {"Put": {"TableName": TABLE, "Item": other}},
        {
            "Update": {
                "TableName": TABLE,
                "Key": KEY,
                "UpdateExpression": "SET x = :me",
                "ConditionExpression": "attribute_not_exists(holder)",
                "ExpressionAttributeValues": ME,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
    ]
    with pytest.raises(corrected.dynamodb.exceptions.TransactionCanceledException) as caught:
        corrected.dynamodb.transact_write_items(TransactItems=parts)
    none, failed = caught.value.response["CancellationReasons"]
    assert (none["Code"], failed["Code"], failed["Item"]) == ("None", "ConditionalCheckFailed", HELD)
    assert (item(corrected, other), item(corrected)) == (None, HELD)
    parts[1]["Update"]["ConditionExpression"] = "attribute_exists(holder)"
    corrected.dynamodb.transact_write_items(TransactItems=parts)
    assert (item(corrected, other), item(corrected)) == (other, {**HELD, "x": {"S": "me"}})


def test_a_batch_writes_several(corrected: Any) -> None:
    put(corrected, HELD)
    asked = [{"DeleteRequest": {"Key": KEY}}, {"PutRequest": {"Item": {"id": {"S": "b"}}}}]
    corrected.dynamodb.batch_write_item(RequestItems={TABLE: asked})
    assert [each["id"]["S"] for each in scan(corrected)["Items"]] == ["b"]
