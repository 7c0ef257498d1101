"""The registry's table and the executions of an account, as far as the layer asks for them, and items to lay."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from private_connection.registry.claims import ClaimConnection
from private_connection.registry.entries import Entry
from tests.unit.builders import Json
from tests.unit.fake_aws import FakeAws, Refusal

NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
CONNECTION: Final = "redis-demo"
LARGEST_ITEM: Final = 400 * 1024
"""Bytes of an item, names of attributes included (DynamoDB Developer Guide, "Quotas")."""
MOST_KEYS: Final = 100
"""Keys that one call takes (DynamoDB API reference, BatchGetItem)."""
ABSENT: Final = "attribute_not_exists(#version)"
UNCHANGED: Final = "#version = :version"
UNVERSIONED: Final = "attribute_not_exists(#version) OR NOT attribute_type(#version, :text)"
Way = Literal["botocore", "step"]
"""Who asks again when an answer was lost: botocore, which then hands on the second answer, or Step Functions."""


class FakeTable:
    """Takes writes under the three conditions that the registry knows, whole or not at all."""

    def __init__(self, aws: FakeAws) -> None:
        self.items: dict[str, Json] = {}
        """By their key, as on the wire."""
        self.lost: list[Way] = []
        """Of the next writes, the answers are lost."""
        self.others: list[Callable[[], object]] = []
        """What other runs do, each before one of the next writes arrives."""
        aws.answers("GetItem", self._get)
        self.at_a_time = 100
        """How many items one call gives of those that it is asked for. The others are left for later."""
        aws.answers("BatchGetItem", self._batch_get)
        aws.answers("PutItem", self._put)
        aws.answers("DeleteItem", self._delete)
        aws.answers("Scan", lambda _: {"Items": list(self.items.values())})

    def lay(self, **attributes: object) -> None:
        """Puts an item there, as an earlier run would have left it; what is not given has its default."""
        found = {"connection": CONNECTION, "version": f"laid {len(self.items)}", "schema": 1, **attributes}
        self.items[str(found["connection"])] = wire(found)

    def shows(self, connection: str = CONNECTION) -> Json | None:
        """The item as JSON."""
        item = self.items.get(connection)
        return None if item is None else {key: _plain(value) for key, value in plain(item).items()}

    def shown(self, *names: str) -> list[Any]:
        """Some attributes of the item."""
        item = self.shows()
        assert item is not None
        return [item.get(name) for name in names]

    def _get(self, asked: Json) -> Json:
        item = self.items.get(asked["Key"]["connection"]["S"])
        return {"Item": deepcopy(item)} if item else {}

    def _batch_get(self, asked: Json) -> Json:
        ((table, wanted),) = asked["RequestItems"].items()
        names = [each["connection"]["S"] for each in wanted["Keys"]]
        assert len(names) == len(set(names)) <= MOST_KEYS
        given, left = wanted["Keys"][: self.at_a_time], wanted["Keys"][self.at_a_time :]
        found = [self.items[name] for each in given if (name := each["connection"]["S"]) in self.items]
        unprocessed = {table: {"Keys": left}} if left else {}
        return {"Responses": {table: deepcopy(found)}, "UnprocessedKeys": unprocessed}

    def _put(self, asked: Json) -> Json | Refusal:
        item = asked["Item"]
        if size_of(item) > LARGEST_ITEM:
            return Refusal("ValidationException", message="Item size has exceeded the maximum allowed size")
        return self._write(asked, item["connection"]["S"], deepcopy(item))

    def _delete(self, asked: Json) -> Json | Refusal:
        return self._write(asked, asked["Key"]["connection"]["S"], None)

    def _write(self, asked: Json, key: str, item: Json | None) -> Json | Refusal:
        lost = self.lost.pop(0) if self.lost else None
        if self.others:
            self.others.pop(0)()
        answer = self._try(asked, key, item)
        if lost == "botocore":
            return self._try(asked, key, item)
        return answer if lost is None else Refusal("InternalServerError", 500)

    def _try(self, asked: Json, key: str, item: Json | None) -> Json | Refusal:
        present = self.items.get(key)
        if not _holds(asked, present):
            more = {"Item": deepcopy(present)} if present and asked[RETURN] == "ALL_OLD" else {}
            return Refusal("ConditionalCheckFailedException", message="The conditional request failed", more=more)
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item
        return {}


RETURN: Final = "ReturnValuesOnConditionCheckFailure"


def _holds(asked: Json, present: Json | None) -> bool:
    assert asked["ExpressionAttributeNames"] == {"#version": "version"}
    version = (present or {}).get("version")
    if asked["ConditionExpression"] == ABSENT:
        return version is None
    if asked["ConditionExpression"] == UNVERSIONED:
        assert asked["ExpressionAttributeValues"] == {":text": {"S": "S"}}
        return version is None or "S" not in version
    assert asked["ConditionExpression"] == UNCHANGED
    return bool(version == asked["ExpressionAttributeValues"][":version"])


class FakeExecutions:
    """What DescribeExecution answers, by the name of an execution; others do not exist. Beside, those that run."""

    def __init__(self, aws: FakeAws) -> None:
        self.answers: dict[str, Json | Refusal] = {}
        self.running: list[tuple[str, str]] = []
        """The names and inputs of those that ListExecutions shows."""
        self.page = 1000
        aws.answers("DescribeExecution", self._describe)
        aws.answers("ListExecutions", self._list)
        aws.answers("StartExecution", self.start)

    def run(self, *names: str) -> None:
        """Lets some run that somebody else has started."""
        self.running += [(name, "{}") for name in names]

    def start(self, asked: Json) -> Json | Refusal:
        """Idempotent while the execution runs (API reference, StartExecution)."""
        inputs = dict(self.running)
        if inputs.setdefault(asked["name"], asked["input"]) != asked["input"]:
            return Refusal("ExecutionAlreadyExists")
        self.running = list(inputs.items())
        return {"executionArn": arn(asked["name"]), "startDate": NOW}

    def are(self, status: str, *names: str, **more: object) -> None:
        """Sets the status of some; those that are over stopped a minute ago unless ``stopDate`` says otherwise."""
        stopped: Json = {} if status == "RUNNING" else {"stopDate": NOW - timedelta(minutes=1)}
        fields = {"stateMachineArn": "arn:of:a:machine", "status": status, "startDate": NOW - timedelta(hours=1)}
        for name in names:
            self.answers[arn(name)] = {"executionArn": arn(name), **fields, **stopped, **more}

    def refuse(self, refusal: Refusal, *names: str) -> None:
        self.answers |= {arn(name): refusal for name in names}

    def _describe(self, asked: Json) -> Json | Refusal:
        return self.answers.get(asked["executionArn"], Refusal("ExecutionDoesNotExist"))

    def _list(self, asked: Json) -> Json:
        begin = int(asked.get("nextToken", "0"))
        end = begin + min(asked["maxResults"], self.page)
        shown = [
            {
                "executionArn": arn(name),
                "stateMachineArn": asked["stateMachineArn"],
                "name": name,
                "status": asked["statusFilter"],
                "startDate": NOW,
            }
            for name, _ in self.running[begin:end]
        ]
        return {"executions": shown, **({"nextToken": str(end)} if end < len(self.running) else {})}


class FakeBus:
    """Takes every event, as long as it is not told to refuse."""

    def __init__(self, aws: FakeAws) -> None:
        self.told: list[tuple[str, Json]] = []
        """The type and the detail of each event."""
        aws.answers("PutEvents", self._take)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told]

    def _take(self, asked: Json) -> Json:
        self.told += [(entry["DetailType"], json.loads(entry["Detail"])) for entry in asked["Entries"]]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in asked["Entries"]]}


def arn(name: str) -> str:
    return f"arn:aws:states:eu-central-1:123456789012:execution:Provision:{name}"


def maker(name: str) -> str:
    return f"{name}-0a1b2c3d"


def ago(**time: float) -> str:
    return (NOW - timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def a_run(name: str, **changes: object) -> Json:
    """A run as a worker on an item, an hour old."""
    return {"execution": arn(name), "maker": maker(name), "since": ago(hours=1), **changes}


def a_holder(name: str, **changes: object) -> Json:
    return {**a_run(name), "machine": "provision", "onFailure": "rollback", "former": "READY", **changes}


def a_last_run(name: str, status: str, **changes: object) -> Json:
    run: Json = {"execution": arn(name), "maker": maker(name), "machine": "provision"}
    return {**run, "status": status, "error": None, **changes}


def a_seen_endpoint(**changes: object) -> Json:
    """An endpoint as an item has it, of an hour ago."""
    return {
        "endpointId": "vpce-1",
        "serviceId": "vpce-svc-redis-demo-001",
        "node": "redis-demo-001",
        "owner": "794031221915",
        "state": "available",
        "firstSeen": ago(days=2),
        "lastSeen": ago(hours=1),
        "missing": 0,
        **changes,
    }


def a_changed_endpoint(**changes: object) -> Json:
    """What is told of an endpoint that is new."""
    return {
        "endpointId": "vpce-1",
        "node": "redis-demo-001",
        "serviceId": "vpce-svc-redis-demo-001",
        "owner": "794031221915",
        "stranger": False,
        "change": "new",
        "state": "available",
        "formerState": None,
        **changes,
    }


def settled(status: str | None, **attributes: object) -> Json:
    """An item that nobody holds."""
    return {"status": status, "revision": 3, "createdAt": ago(days=9), "changedAt": ago(days=1), **attributes}


def claiming(name: str, **changes: Any) -> ClaimConnection:
    run: Json = {"connection": CONNECTION, "execution": arn(name), "maker": maker(name)}
    return ClaimConnection(**run | {"machine": "provision", "on_failure": "rollback", "claim": None} | changes)


def nested(name: str, parent: str, **changes: Any) -> ClaimConnection:
    """A run that another one has started under its claim."""
    return claiming(name, **{"machine": "teardown", "on_failure": None, "claim": maker(parent), **changes})


def said(text: str) -> Callable[[Entry], Entry]:
    """A change of an item, for which any text will do."""
    return lambda entry: entry.model_copy(update={"request": {"said": text}})


def wire(item: Json) -> Json:
    return {key: TypeSerializer().serialize(value) for key, value in item.items() if value is not None}


def plain(item: Json) -> Json:
    return {key: TypeDeserializer().deserialize(value) for key, value in item.items()}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, Decimal) else value


def size_of(item: Json) -> int:
    """Bytes (DynamoDB Developer Guide, "DynamoDB item sizes and formats"); of a number the most that it may take."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Json) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "M":
        return 3 + len(content) + size_of(content)
    if kind == "L":
        return 3 + len(content) + sum(map(_size, content))
    return {"N": 21, "NULL": 1, "BOOL": 1}[kind]
