"""Values of a definition's field: its literals, and the expressions in them, each with the path of its place.

moto evaluates a field part by part and forgets where a part stands; AWS names it: Output/a/b[0] (recorded in
states_variables/test_error_output of LocalStack's tests).
"""

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.asl.component.common.assign.assign_template_value_array import AssignTemplateValueArray
from moto.stepfunctions.parser.asl.component.common.assign.assign_template_value_object import AssignTemplateValueObject
from moto.stepfunctions.parser.asl.component.common.jsonata.jsonata_template_value_array import (
    JSONataTemplateValueArray,
)
from moto.stepfunctions.parser.asl.component.common.jsonata.jsonata_template_value_object import (
    JSONataTemplateValueObject,
)
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata

Evaluate = Callable[[str, Any, str], object]
"""Evaluates an expression in an environment, for the field of this path."""


def value_of(part: Any, env: Any, field: str, evaluate: Evaluate) -> object:
    if isinstance(part, JSONataTemplateValueObject):
        return {
            each.identifier: value_of(each.value, env, f"{field}/{each.identifier}", evaluate) for each in part.bindings
        }
    if isinstance(part, AssignTemplateValueObject):
        return {
            each.identifier: value_of(each.assign_value, env, f"{field}/{each.identifier}", evaluate)
            for each in part.bindings
        }
    if isinstance(part, (JSONataTemplateValueArray, AssignTemplateValueArray)):
        return [value_of(each, env, f"{field}[{number}]", evaluate) for number, each in enumerate(part.values)]
    if isinstance(part, StringJSONata):
        return evaluate(part.expression, env, field)
    if hasattr(part, "string_jsonata"):
        return evaluate(part.string_jsonata.expression, env, field)
    literal: object = part.value
    return literal
