"""What every Lambda function does around its step: parse the event, log with the connection's name, return JSON.

Each call logs one line, with the step's name and its result or error. Results hold ids and addresses, no secret.

A handler is made from the step that it calls::

    lambda_handler = task(ensure_target_group)
"""

import json
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import TypeVar, get_type_hints

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ValidationError

from private_connection.errors import InvalidRequest, StepError
from private_connection.settings import settings

Json = dict[str, object]
Input = TypeVar("Input", bound=BaseModel)
LOGGED_RESULT = 500
"""Characters of a result that its log line holds."""
MESSAGE_LIMIT = 24_000
"""Characters of an error's message, written as JSON, as Lambda writes it into the cause that Step Functions catches. A
cause may have 32,768 (Step Functions API reference, TaskFailedEventDetails).
"""
LOGGED = ("connection", "maker", "clusterId", "node", "serviceId")

logger = Logger(service="private-connection", use_rfc3339=True)  # Lambda's JSON format wants this form of time


def task(step: Callable[[Input], BaseModel]) -> Callable[[object, LambdaContext], Json]:
    """The Lambda handler of a step, which is a function from one model to another.

    The handler raises `InvalidRequest` for an event that does not fit the step's model, which is a defect of the
    definition. A function whose environment lacks a variable fails as it starts (`settings`).
    """
    settings()
    contract: type[Input] = get_type_hints(step)[next(iter(signature(step).parameters))]
    contract.model_rebuild()  # contracts defer this: a function builds only its own, while its environment starts

    @wraps(step)
    def handler(event: object, context: LambdaContext) -> Json:
        _log_with(step.__name__, event, context)
        return carry_out(step, contract, event)

    return handler


def carry_out(step: Callable[[Input], BaseModel], contract: type[Input], event: object) -> Json:
    """Returns the step's result as JSON. A `StepError` is logged with its name and raised again, as its message alone:
    what Step Functions catches travels from state to state, and there a trace would take more room than the message.
    """
    try:
        result = step(_parsed(contract, event))
    except StepError as error:
        message = _fitting(str(error))
        logger.warning(message, extra={"error": type(error).__name__})
        raise type(error)(message) from None
    text = result.model_dump_json(by_alias=True)
    logger.info(f"done: {text[:LOGGED_RESULT]}")  # the Logger would make an object of a message that is JSON
    return result.model_dump(mode="json", by_alias=True)


def _fitting(message: str) -> str:
    """As much of a message as `MESSAGE_LIMIT` allows."""
    fitting = message
    while (length := len(json.dumps(fitting))) > MESSAGE_LIMIT:
        fitting = fitting[: len(fitting) * MESSAGE_LIMIT // length]
    return fitting


def _parsed(contract: type[Input], event: object) -> Input:
    try:
        return contract.model_validate_json(json.dumps(event))
    except ValidationError as error:
        raise InvalidRequest(f"reading the step's input ({contract.__name__}): {error}") from error


def _log_with(step: str, event: object, context: LambdaContext) -> None:
    known = _named(event) if isinstance(event, dict) else {}
    keys = {"step": step, "function": context.function_name, "correlation_id": context.aws_request_id}
    logger.thread_safe_append_keys(**keys, **{key: known.get(key) for key in LOGGED})


def _named(event: Json) -> Json:
    """What of an event a log line holds; a cluster and a node may be named in the objects that stand for them."""
    cluster, path = event.get("cluster"), event.get("path")
    return {
        **({"clusterId": cluster.get("id")} if isinstance(cluster, dict) else {}),
        **({"node": path.get("node")} if isinstance(path, dict) else {}),
        **{key: event[key] for key in LOGGED if key in event},
    }
