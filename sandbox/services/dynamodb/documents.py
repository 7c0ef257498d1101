"""Paths into an item: below something that is no map, a SET is refused like below nothing.

Source: scylladb/scylladb, test/alternator/test_update_expression (test_nested_attribute_update_bad_path_dot).
"""

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models.dynamo_type import LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import ExpressionSelector, NoneExistingPath
from moto.dynamodb.parsing.validators import ExpressionPathResolver

from sandbox.stepfunctions.patching import Seam


def seams() -> list[Seam]:
    resolver = ExpressionPathResolver
    return [
        Seam(resolver, "resolve_expression_path_nodes", _resolve(resolver.resolve_expression_path_nodes)),
        # moto counts the bytes of the whole item at each attribute, and otherwise than DynamoDB: see `sizes`
        Seam(LimitedSizeDict, "__setitem__", dict.__setitem__),
    ]


def _resolve(original: Callable[..., Any]) -> Callable[..., Any]:
    """The value at a path of an item, or that there is none, and whether one may be put there."""

    def resolve(this: Any, item: Any, nodes: list[Any]) -> Any:
        found = original(this, item, nodes)
        of_map = len(nodes) > 1 and not isinstance(nodes[-1], ExpressionSelector)
        if of_map and _is_creatable(found) and not _is_map(original(this, item, nodes[:-2])):
            return NoneExistingPath()
        return found

    return resolve


def _is_creatable(found: Any) -> bool:
    return isinstance(found, NoneExistingPath) and bool(found.is_creatable())


def _is_map(found: Any) -> bool:
    return not isinstance(found, NoneExistingPath) and bool(found.get_value().is_map())
