"""DynamoDB: a request needs its action on each table that it names, or on the index that it reads.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB"; DynamoDB
developer guide, "Using IAM policy conditions for fine-grained access control" (`dynamodb:LeadingKeys` are the values of
the partition keys that a request names, so a Scan has none), "Using IAM with DynamoDB transactions" (each part of a
transaction needs the action that it would need alone). A table may be named by its ARN.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sandbox.authorization.request import Context, Need, Request, Rule
from sandbox.services.common import backend

LEADING: Final = "dynamodb:LeadingKeys"
ON_ITEM: Final = ("DeleteItem", "GetItem", "PutItem", "UpdateItem")
ON_TABLE: Final = (
    "CreateTable",
    "DeleteTable",
    "DescribeContinuousBackups",
    "DescribeTable",
    "DescribeTimeToLive",
    "UpdateContinuousBackups",
    "UpdateTable",
    "UpdateTimeToLive",
)
PARTS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
"""The parts of a transaction that writes, and the action of each."""
Items = Iterable[Mapping[str, Any]]


def _on_table(request: Request) -> Iterator[Need]:
    yield request.need(_arn(request, request.parameters["TableName"]))


def _on_item(request: Request) -> Iterator[Need]:
    p = request.parameters
    item = p["Item"] if request.operation == "PutItem" else p["Key"]
    returned: Context = {"dynamodb:ReturnValues": p["ReturnValues"]} if "ReturnValues" in p else {}
    yield request.need(_arn(request, p["TableName"]), _leading(request, p["TableName"], [item]), returned)


def _reading(request: Request) -> Iterator[Need]:
    p = request.parameters
    table, index = _arn(request, p["TableName"]), p.get("IndexName")
    selected: Context = {"dynamodb:Select": p["Select"]} if "Select" in p else {}
    yield request.need(f"{table}/index/{index}" if index else table, _partition(request), selected)


def _batch(request: Request) -> Iterator[Need]:
    for table, asked in request.parameters["RequestItems"].items():
        if request.operation == "BatchGetItem":
            items = asked["Keys"]
        else:
            items = [part.get("Item") or part["Key"] for each in asked for part in each.values()]
        yield request.need(_arn(request, table), _leading(request, table, items))


def _writing_together(request: Request) -> Iterator[Need]:
    for kind, part in (pair for each in request.parameters["TransactItems"] for pair in each.items()):
        yield _part(request, part, PARTS[kind])


def _reading_together(request: Request) -> Iterator[Need]:
    for each in request.parameters["TransactItems"]:
        yield _part(request, each["Get"], "GetItem")


def _part(request: Request, part: Mapping[str, Any], action: str) -> Need:
    leading = _leading(request, part["TableName"], [part.get("Item") or part["Key"]])
    enclosed = {"dynamodb:EnclosingOperation": request.operation}
    return request.need(_arn(request, part["TableName"]), leading, enclosed, action=f"dynamodb:{action}")


def _arn(request: Request, table: str) -> str:
    return table if table.startswith("arn:") else request.arn(f"table/{table}")


def _leading(request: Request, table: str, items: Items) -> Context:
    key = _partition_key(request.region, table)
    values = [str(value) for item in items for value in item.get(key, {}).values()]
    return {LEADING: values} if values else {}


def _partition_key(region: str, table: str) -> str:
    """The name of the table's partition key; empty if there is no such table."""
    held = backend("dynamodb", region).tables.get(table.rpartition("/")[2])
    return str(held.hash_key_attr) if held is not None else ""


def _partition(request: Request) -> Context:
    """The partition that a Query names: key = :value in its KeyConditionExpression."""
    p = request.parameters
    names, values = p.get("ExpressionAttributeNames", {}), p.get("ExpressionAttributeValues", {})
    key = _partition_key(request.region, p["TableName"])
    for name, value in EQUAL.findall(p.get("KeyConditionExpression", "")):
        if names.get(name, name) == key and value in values:
            return {LEADING: [str(each) for each in values[value].values()]}
    return {}


EQUAL: Final = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")

RULES: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(ON_ITEM, _on_item),
    **dict.fromkeys(ON_TABLE, _on_table),
    "BatchGetItem": _batch,
    "BatchWriteItem": _batch,
    "Query": _reading,
    "Scan": _reading,
    "TransactGetItems": _reading_together,
    "TransactWriteItems": _writing_together,
}
