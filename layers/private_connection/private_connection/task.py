"""What every Lambda function does around its one call: parse the event, log with the connection's name, return JSON.

A handler written with it is the signature of its step::

    @task(EnsureTargetGroup)
    def lambda_handler(event: EnsureTargetGroup) -> EnsuredTargetGroup:
        return ensure_target_group(event)
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ValidationError

from private_connection.errors import InvalidRequest, StepError

Json = dict[str, object]
Input = TypeVar("Input", bound=BaseModel)
LOGGED = ("connection", "execution", "clusterId", "node", "serviceId")

logger = Logger(service="private-connection")


def task(contract: type[Input]) -> Callable[[Callable[[Input], BaseModel]], Callable[[object, LambdaContext], Json]]:
    """Makes a Lambda handler of a function from ``contract`` to a model.

    The handler raises `InvalidRequest` for an event that does not fit the contract, which is a defect of the
    definition.
    """

    contract.model_rebuild()  # contracts defer it: a function pays for its own, as its environment starts

    def decorate(step: Callable[[Input], BaseModel]) -> Callable[[object, LambdaContext], Json]:
        @wraps(step)
        def handler(event: object, context: LambdaContext) -> Json:
            _log_with(event, context)
            return carry_out(step, _parsed(contract, event))

        return handler

    return decorate


def carry_out(step: Callable[[Input], BaseModel], argument: Input) -> Json:
    """The step's result as JSON; a failure is logged by its name and passes."""
    try:
        result = step(argument)
    except StepError as error:
        logger.warning(str(error), extra={"error": type(error).__name__})
        raise
    logger.info("done")
    return result.model_dump(mode="json", by_alias=True)


def _parsed(contract: type[Input], event: object) -> Input:
    try:
        return contract.model_validate_json(json.dumps(event))
    except ValidationError as error:
        raise InvalidRequest(f"reading the step's input ({contract.__name__}): {error}") from error


def _log_with(event: object, context: LambdaContext) -> None:
    known = {key: event[key] for key in LOGGED if key in event} if isinstance(event, dict) else {}
    logger.set_correlation_id(context.aws_request_id)
    logger.append_keys(function=context.function_name, **{key: known.get(key) for key in LOGGED})
