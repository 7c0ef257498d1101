"""DynamoDB as the account has it: moto's tables and items, with the refusals, pages and stale reads of AWS.

Sources: DynamoDB API reference; scylladb/scylladb, test/alternator; the modules beside name theirs. A refused write
leaves every item as it was.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from sandbox.services.common import Answer, Corrected
from sandbox.services.dynamodb import comparisons, documents, expressions, scans, sizes, versions
from sandbox.services.dynamodb.expressions import invalid
from sandbox.stepfunctions.patching import Seam

TOO_LARGE: Final = {
    "PutItem": "Item size has exceeded the maximum allowed size",
    "UpdateItem": "Item size to update has exceeded the maximum allowed size",
}
MAKING: Final = re.compile(r"\b(SET|ADD)\b", re.IGNORECASE)
"""The clauses of an update that make an item where there is none; neither word is a name without an alias."""
Targets = list[tuple[Any, Mapping[str, Any]]]
"""Tables, and what names an item in each."""


def seams() -> list[Seam]:
    """The names of moto that are replaced while an account is open."""
    return [*comparisons.seams(), *documents.seams(), *scans.seams()]


class DynamoDb(Corrected, DynamoHandler):
    """Corrected responses."""

    body: Mapping[str, Any]

    def serialized(self, result: ActionResult) -> Any:
        """Items have the API's own member names throughout."""
        return super().serialized(Answer(result.result) if isinstance(result, DynamoResult) else result)

    def put_item(self) -> ActionResult:
        return self._write(super().put_item, [(self._table(self.body["TableName"]), self.body["Item"])])

    def update_item(self) -> ActionResult:
        if self.body.get("UpdateExpression") is None:
            self.body = {"AttributeUpdates": {}, **self.body}  # an update of nothing makes the item
        return self._write(self._update, self._named())

    def delete_item(self) -> ActionResult:
        return self._write(super().delete_item, self._named())

    def get_item(self) -> ActionResult:
        expressions.check("GetItem", self.body)
        self._named()
        with self._reading([self.body]):
            return super().get_item()

    def query(self) -> ActionResult:
        expressions.check("Query", self.body)
        with self._reading([self.body]):
            return super().query()

    def scan(self) -> ActionResult:
        expressions.check("Scan", self.body)
        with self._reading([self.body]):
            return super().scan()

    def batch_get_item(self) -> ActionResult:
        asked = self.body["RequestItems"]
        for each in asked.values():
            expressions.check("BatchGetItem", each)
        with self._reading({"TableName": name, **each} for name, each in asked.items()):
            answer: Any = super().batch_get_item()
        for name, left in answer.result["UnprocessedKeys"].items():
            left |= {key: value for key, value in asked[name].items() if key != "Keys"}
        return answer  # what is left can be asked for as it is (API reference, BatchGetItem)

    def batch_write_item(self) -> ActionResult:
        parts = [
            (self._table(name), part.get("Item") or part["Key"])
            for name, asked in self.body["RequestItems"].items()
            for each in asked
            for part in each.values()
        ]
        return self._together(super().batch_write_item, parts)

    def transact_write_items(self) -> ActionResult:
        asked = [pair for each in self.body["TransactItems"] for pair in each.items()]
        for kind, part in asked:
            expressions.check(kind, part)
        parts = [(self._table(part["TableName"]), part.get("Item") or part["Key"]) for _, part in asked]
        return self._together(super().transact_write_items, parts)

    def _update(self) -> ActionResult:
        """What only removes attributes makes no item (test_returnvalues: an update that deletes what never was)."""
        ((table, key),) = self._named()
        there = table.get_item(*versions.key_of(table, key)) is not None
        answer: Any = super().update_item()
        expression = self.body.get("UpdateExpression")
        if not there and expression is not None and not MAKING.search(expression):
            table.delete_item(*versions.key_of(table, key))
            answer.result.pop("Attributes", None)
        return answer

    def _write(self, carry: Callable[[], ActionResult], targets: Targets) -> ActionResult:
        """One item. moto tells of capacity where nobody asked."""
        operation = self._get_action()
        expressions.check(operation, self.body)
        with versions.writing(self.dynamodb_backend, targets, self.now()):
            answer: Any = carry()
            self._check_sizes(targets, TOO_LARGE.get(operation, ""))
        if "ReturnConsumedCapacity" not in self.body:
            answer.result.pop("ConsumedCapacity", None)
        return answer

    def _together(self, carry: Callable[[], ActionResult], targets: Targets) -> ActionResult:
        with versions.writing(self.dynamodb_backend, targets, self.now()):
            answer = carry()
            self._check_sizes(targets, TOO_LARGE["PutItem"])
        return answer

    def _check_sizes(self, targets: Targets, refusal: str) -> None:
        for table, attributes in targets:
            item = table.get_item(*versions.key_of(table, attributes))
            if item is not None and sizes.of_item(item.attrs) > sizes.LARGEST_ITEM:
                raise invalid(refusal)

    def _table(self, name: str) -> Any:
        return self.dynamodb_backend.get_table(name)

    def _named(self) -> Targets:
        """The item that the request names by its key, which has to be the table's."""
        table, key = self._table(self.body["TableName"]), self.body["Key"]
        types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
        if {name: next(iter(value), None) for name, value in key.items()} != {
            each["AttributeName"]: types[each["AttributeName"]] for each in table.schema
        }:
            raise invalid("The provided key element does not match the schema")
        return [(table, key)]

    @contextmanager
    def _reading(self, requests: Iterable[Mapping[str, Any]]) -> Iterator[None]:
        """Reads of tables, each consistent or not as it says."""
        tables = {self._table(each["TableName"]).name for each in requests if not each.get("ConsistentRead")}
        since = self.now() - self.conditions.latency.item_visibility
        with versions.as_before(self.dynamodb_backend, tables, since):
            yield
